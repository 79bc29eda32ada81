import type { Command } from '../command.js'
import { show } from '../reply.js'
import { serverStatus } from '../status/server-status.js'
import { findServer } from '../target.js'

export const showServer: Command = {
  words: ['show', 'server'],
  usage: 'show server <bk>/<srv> [json]',
  summary: "one server's state and why it is in it; json: with its counters",
  level: 'user',
  most: 1,
  json: true,
  run([path], call) {
    const found = findServer(call.registry, path)
    if (!found.ok) return found
    const document = serverStatus(found.it, call)
    return show([document.status, ...document.why, ''].join('\n'), document)
  },
}
