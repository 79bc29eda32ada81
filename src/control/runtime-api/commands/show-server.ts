import type { Command } from '../command.js'
import { show } from '../reply.js'
import { serverStatus } from '../status/server-status.js'
import { findServer } from '../target.js'

export const showServer: Command = {
  words: ['show', 'server'],
  usage: 'show server <bk>/<srv> [json]',
  summary: "one server's state and sessions; json: with its counters, check and changes",
  level: 'user',
  most: 1,
  json: true,
  run([path], call) {
    const found = findServer(call.registry, path)
    if (!found.ok) return found
    const document = serverStatus(found.it, call)
    const { status, admin, health, weight, sessions } = document
    return show(`${status} (${admin}, ${health}), weight ${weight.set}, ${sessions.live} sessions\n`, document)
  },
}
