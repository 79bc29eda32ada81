import type { Command } from '../command.js'
import { setChecked } from './set-checked.js'

export const disableHealth: Command = {
  words: ['disable', 'health'],
  usage: 'disable health <bk>/<srv>',
  summary: 'disable health checks',
  level: 'admin',
  most: 1,
  json: true,
  run: ([path], call) => setChecked(path, false, call),
}
