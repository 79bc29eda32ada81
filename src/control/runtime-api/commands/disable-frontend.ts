import type { Command } from '../command.js'
import { setEnabled } from './set-enabled.js'

export const disableFrontend: Command = {
  words: ['disable', 'frontend'],
  usage: 'disable frontend <frontend>',
  summary: 'temporarily disable specific frontend',
  level: 'admin',
  most: 1,
  json: true,
  run: ([name], call) => setEnabled(name, false, call),
}
