import type { Command } from '../command.js'
import { done, refuse } from '../reply.js'

export const shutdownSession: Command = {
  words: ['shutdown', 'session'],
  usage: 'shutdown session [id]',
  summary: 'kill a specific session',
  level: 'admin',
  most: 1,
  json: true,
  whileHandingOver: true,
  async run([id], { workers }) {
    if (id === undefined) return refuse("Session pointer expected (use 'show sess').\n")
    const killed = await workers.killSessions({ id })
    return killed === 0 ? refuse("No such session (use 'show sess').\n") : done({ session: id, killed })
  },
}
