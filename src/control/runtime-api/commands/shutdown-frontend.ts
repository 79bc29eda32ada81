import type { Command } from '../command.js'
import { done } from '../reply.js'
import { findFrontend } from '../target.js'

export const shutdownFrontend: Command = {
  words: ['shutdown', 'frontend'],
  usage: 'shutdown frontend <frontend>',
  summary: 'stop a specific frontend',
  level: 'admin',
  most: 1,
  json: true,
  async run([name], { registry, topology, client }) {
    const found = findFrontend(registry, name)
    if (!found.ok) return found
    const gone = found.it.name
    await topology.change(
      (declared) => ({ ...declared, frontends: declared.frontends.filter(({ name }) => name !== gone) }),
      client.name,
    )
    return done({ frontend: gone })
  },
}
