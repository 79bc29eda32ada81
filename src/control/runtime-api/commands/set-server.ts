import { ADMIN_STATES } from '../../../core/server-state.js'
import type { Server } from '../../registry/server.js'
import type { Call, Command } from '../command.js'
import { type Reply, refuse } from '../reply.js'
import { findServer } from '../target.js'
import { setAdmin } from './set-admin.js'
import { setWeight } from './set-weight.js'

/** What can be set of a server, by its keyword. */
const SETTERS: Readonly<Record<string, (server: Server, value: string | undefined, call: Call) => Reply>> = {
  state: setState,
  weight: setWeight,
}

export const setServer: Command = {
  words: ['set', 'server'],
  usage: 'set server <bk>/<srv> [opts]',
  summary: "change a server's state or weight",
  level: 'admin',
  most: 3,
  json: true,
  run([path, keyword, value], call) {
    const found = findServer(call.registry, path)
    if (!found.ok) return found
    const set = keyword !== undefined && Object.hasOwn(SETTERS, keyword) ? SETTERS[keyword] : undefined
    if (!set) return refuse(`usage: set server <backend>/<server> ${Object.keys(SETTERS).join(' | ')}\n`)
    return set(found.it, value, call)
  },
}

function setState(server: Server, value: string | undefined, call: Call): Reply {
  const state = ADMIN_STATES.find((state) => state === value)
  if (!state) return refuse("'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n")
  return setAdmin(server, state, call)
}
