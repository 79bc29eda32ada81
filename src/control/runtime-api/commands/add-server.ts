/**
 * `add server <b>/<s> <addr>:<port> [check] [weight <n>] [maxconn <n>] [enabled|disabled]`. As in HAProxy it begins in
 * maint unless `enabled` is said; unlike there it has the check of its backend, whether or not `check` is said.
 */
import { parseServerAddress } from '../../../core/address.js'
import { isName } from '../../../core/name.js'
import type { AdminState } from '../../../core/server-state.js'
import { withServer } from '../../registry/declared.js'
import { type DeclaredServer, NoRoom } from '../../registry/plan.js'
import type { Command } from '../command.js'
import { wholeNumber } from '../number.js'
import { type Reply, refuse, tell } from '../reply.js'
import { findBackend } from '../target.js'
import { MOST_SESSIONS } from './set-maxconn-global.js'

const HEAVIEST = 256

/** What `json` answers. */
export interface ServerAdded {
  /** `<backend>/<server>` */
  readonly server: string
  readonly address: string
  readonly admin: AdminState
}

export const addServer: Command = {
  words: ['add', 'server'],
  usage: 'add server <bk>/<srv> <addr>:<port> [opts]',
  summary: 'create a new server',
  level: 'admin',
  most: 8,
  json: true,
  async run([path = '', address, ...options], { registry, topology, client }) {
    const slash = path.indexOf('/')
    if (slash < 0) return refuse("Require 'backend/server'.\n")
    const [backendName, name] = [path.slice(0, slash), path.slice(slash + 1)]
    if (!isName(name) || address === undefined) {
      return refuse("'server' expects <name> and <addr>[:<port>] as arguments.\n")
    }
    const backend = findBackend(registry, backendName, 'No such backend.')
    if (!backend.ok) return backend
    if (backend.it.server(name)) return refuse('Already exists a server with the same name in backend.\n')
    const wanted = serverOf(name, address, options)
    if ('ok' in wanted) return wanted
    try {
      await topology.change((declared) => withServer(declared, backendName, wanted), client.name)
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error
      return refuse(`${error.message}.\n`)
    }
    const { admin = 'ready' } = wanted
    const added: ServerAdded = { server: path, address, admin }
    return tell('New server registered.\n', added)
  },
}

function serverOf(name: string, text: string, options: readonly string[]): DeclaredServer | Reply {
  const address = parseServerAddress(text)
  if (!address.ok) return refuse(`'server ${name}' : invalid address '${text}': ${address.expected} is expected.\n`)
  let weight = 1
  let maxSessions = 0
  let admin: AdminState = 'maint'
  const words = options.values()
  for (const word of words) {
    if (word === 'enabled') admin = 'ready'
    else if (word === 'weight' || word === 'maxconn') {
      const text = words.next().value
      const value = wholeNumber(text, word === 'weight' ? HEAVIEST : MOST_SESSIONS)
      if (value === undefined) return refuse(`'${word}' expects an integer argument, found '${text ?? ''}'.\n`)
      if (word === 'weight') weight = value
      else maxSessions = value
    } else if (word !== 'check' && word !== 'disabled') return refuse(`unknown keyword '${word}'.\n`)
  }
  return { name, address: address.value, weight, maxSessions, admin }
}
