import type { Command } from '../command.js'
import { setAgentOn } from './set-agent-on.js'

export const enableAgent: Command = {
  words: ['enable', 'agent'],
  usage: 'enable agent <bk>/<srv>',
  summary: 'enable agent checks',
  level: 'admin',
  most: 1,
  json: true,
  run: ([path], call) => setAgentOn(path, true, call),
}
