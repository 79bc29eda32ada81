import type { Command } from '../command.js'
import { setEnabled } from './set-enabled.js'

export const enableFrontend: Command = {
  words: ['enable', 'frontend'],
  usage: 'enable frontend <frontend>',
  summary: 're-enable specific frontend',
  level: 'admin',
  most: 1,
  json: true,
  run: ([name], call) => setEnabled(name, true, call),
}
