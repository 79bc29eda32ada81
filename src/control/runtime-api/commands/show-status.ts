import type { Command } from '../command.js'
import { show } from '../reply.js'
import { statusOf } from '../status/status.js'

export const showStatus: Command = {
  words: ['show', 'status'],
  usage: 'show status [json]',
  summary: 'is all well, and why not; json: everything that the headgate command shows',
  level: 'user',
  most: 0,
  json: true,
  run(_, call) {
    const document = statusOf(call)
    return show([document.status, ...document.problems, ''].join('\n'), document)
  },
}
