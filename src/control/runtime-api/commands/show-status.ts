import type { Command } from '../command.js'
import { show } from '../reply.js'
import { statusOf } from '../status/status.js'
import { withOlder } from '../status/with-older.js'

export const showStatus: Command = {
  words: ['show', 'status'],
  usage: 'show status [json]',
  summary: 'is all well, and why not; json: everything that the headgate command shows',
  level: 'user',
  most: 0,
  json: true,
  async run(_, call) {
    const document = withOlder(statusOf(call), await call.generations.askOlder())
    const amiss = document.checks.filter(({ status }) => status !== 'healthy')
    const lines = amiss.map(({ name, words }) => `${name}: ${words}`)
    return show([document.status, ...lines, ''].join('\n'), document)
  },
}
