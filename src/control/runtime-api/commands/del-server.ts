import { withoutServer } from '../../registry/declared.js'
import type { Command } from '../command.js'
import { refuse, tell } from '../reply.js'
import { findServer } from '../target.js'

export const delServer: Command = {
  words: ['del', 'server'],
  usage: 'del server <bk>/<srv>',
  summary: 'remove a dynamically added server',
  level: 'admin',
  most: 1,
  json: true,
  async run([path], { registry, topology, client }) {
    const found = findServer(registry, path)
    if (!found.ok) return refuse(found.text.trimEnd(), found.nearest)
    const server = found.it
    if (server.admin !== 'maint') return refuse('Only servers in maintenance mode can be deleted.')
    if (server.live > 0) return refuse('Server still has connections attached to it, cannot remove it.')
    const { backend, name } = server.settings
    await topology.change((declared) => withoutServer(declared, backend, name), client.name)
    return tell('Server deleted.', { server: server.path })
  },
}
