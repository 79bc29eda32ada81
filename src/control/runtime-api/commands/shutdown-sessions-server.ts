import type { Command } from '../command.js'
import { done } from '../reply.js'
import { findServer } from '../target.js'

/** What `json` answers, here and for one session. */
export interface Killed {
  readonly killed: number
}

export const shutdownSessionsServer: Command = {
  words: ['shutdown', 'sessions', 'server'],
  usage: 'shutdown sessions server <bk>/<srv>',
  summary: 'kill sessions on a server',
  level: 'admin',
  most: 1,
  json: true,
  whileHandingOver: true,
  async run([path], { registry, workers }) {
    const found = findServer(registry, path)
    if (!found.ok) return found
    const killed: Killed = { killed: await workers.killSessions({ server: found.it.slot }) }
    return done({ server: found.it.path, ...killed })
  },
}
