import type { Command } from '../command.js'
import { setAgentOn } from './set-agent-on.js'

export const disableAgent: Command = {
  words: ['disable', 'agent'],
  usage: 'disable agent <bk>/<srv>',
  summary: 'disable agent checks',
  level: 'admin',
  most: 1,
  json: true,
  run: ([path], call) => setAgentOn(path, false, call),
}
