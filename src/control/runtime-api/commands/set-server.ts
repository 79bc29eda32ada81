import { ADMIN_STATES } from '../../../core/server-state.js'
import type { Server } from '../../registry/server.js'
import type { Call, Command } from '../command.js'
import { type Reply, refuse } from '../reply.js'
import { findServer } from '../target.js'
import { setAdmin } from './set-admin.js'
import { setAddr } from './set-server-addr.js'
import { setAgent, setAgentAddr, setAgentPort, setAgentSend } from './set-server-agent.js'
import { setCheckAddr, setCheckPort } from './set-server-check.js'
import { setHealth } from './set-server-health.js'
import { setWeight } from './set-weight.js'

interface Setter {
  /** The most words after the keyword. */
  readonly most: number
  set(server: Server, values: readonly string[], call: Call): Reply | Promise<Reply>
}

/** What can be set of a server, by its keyword. */
const SETTERS: Readonly<Record<string, Setter>> = {
  addr: { most: 3, set: setAddr },
  agent: { most: 1, set: setAgent },
  'agent-addr': { most: 3, set: setAgentAddr },
  'agent-port': { most: 1, set: setAgentPort },
  'agent-send': { most: 1, set: setAgentSend },
  'check-addr': { most: 3, set: setCheckAddr },
  'check-port': { most: 1, set: setCheckPort },
  health: { most: 1, set: setHealth },
  state: { most: 1, set: setState },
  weight: { most: 1, set: (server, [value], call) => setWeight(server, value, call) },
}

export const setServer: Command = {
  words: ['set', 'server'],
  usage: 'set server <bk>/<srv> [opts]',
  summary: "change a server's state, weight, address or health",
  level: 'admin',
  most: 5,
  json: true,
  run([path, keyword, ...values], call) {
    const found = findServer(call.registry, path)
    if (!found.ok) return found
    const setter = keyword !== undefined && Object.hasOwn(SETTERS, keyword) ? SETTERS[keyword] : undefined
    if (!setter) return refuse(`usage: set server <backend>/<server> ${Object.keys(SETTERS).join(' | ')}\n`)
    const extra = values[setter.most]
    if (extra !== undefined) return refuse(`Trailing garbage '${extra}' after 'set server ${path} ${keyword}'.\n`)
    return setter.set(found.it, values, call)
  },
}

function setState(server: Server, [value]: readonly string[], call: Call): Reply {
  const state = ADMIN_STATES.find((state) => state === value)
  if (!state) return refuse("'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n")
  return setAdmin(server, state, call)
}
