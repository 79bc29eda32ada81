import type { Command } from '../command.js'
import { setChecked } from './set-checked.js'

export const enableHealth: Command = {
  words: ['enable', 'health'],
  usage: 'enable health <bk>/<srv>',
  summary: 'enable health checks',
  level: 'admin',
  most: 1,
  json: true,
  run: ([path], call) => setChecked(path, true, call),
}
