/** Servers added and removed at run time: the value is what a server is added with, or null where there is none. */
import { formatAddress, parseServerAddress } from '../../core/address.js'
import { ADMIN_STATES } from '../../core/server-state.js'
import type { Declared, DeclaredServer } from '../registry/plan.js'
import { HEAVIEST, MOST_SESSIONS, table, wholeNumber } from './parse.js'
import { configuredServer, everyServer, partsOf, serverAt } from './server-setting.js'
import type { Setting } from './setting.js'
import type { Value } from './value.js'

export const presenceSetting: Setting<'server'> = {
  kind: 'server',
  label: 'server',
  parse: (value) => (value === null ? null : described(parse(value))),
  all: (config) => everyServer(config).map(([path, server]) => [path, described(server)]),
  configured(config, target) {
    const [backend] = partsOf(target)
    if (!config.backends.some(({ name }) => name === backend)) return undefined
    return described(configuredServer(config, target)) ?? null
  },
  current(registry, target) {
    if (!registry.backend(partsOf(target)[0])) return undefined
    return described(serverAt(registry, target)?.settings) ?? null
  },
  apply({ topology }, target, value, by) {
    return topology.change((declared) => withServer(declared, target, value), by)
  },
  follow(registry, note) {
    registry.on('membership', (added, removed, by) => {
      if (by === undefined) return
      for (const server of added) note(server.path, null, described(server.settings), by)
      // if it comes back, then as it went: HAProxy's `del server` wants it in maint
      for (const { path, settings, admin } of removed) note(path, described({ ...settings, admin }), null, by)
    })
  },
  command(target, value) {
    const server = parse(value)
    if (!server) return `del server ${target}`
    const { address, weight, maxSessions, admin = 'ready' } = server
    const limit = maxSessions > 0 ? ` maxconn ${maxSessions}` : ''
    return `add server ${target} ${formatAddress(address)} weight ${weight}${limit}${admin === 'ready' ? ' enabled' : ''}`
  },
}

type Presence = Omit<DeclaredServer, 'name'>

function described(server: Presence): Value
function described(server: Presence | undefined): Value | undefined
function described(server: Presence | undefined): Value | undefined {
  if (!server) return undefined
  const { address, weight, maxSessions, admin = 'ready' } = server
  return { address: formatAddress(address), weight, maxSessions, ...(admin !== 'ready' && { admin }) }
}

function parse(value: unknown): Presence | undefined {
  const { address: text, weight: heavy, maxSessions: most, admin: begins } = table(value) ?? {}
  const address = parseServerAddress(typeof text === 'string' ? text : '')
  const [weight, maxSessions] = [wholeNumber(heavy, HEAVIEST), wholeNumber(most, MOST_SESSIONS)]
  const admin = ADMIN_STATES.find((state) => state === (begins ?? 'ready'))
  if (!address.ok || weight === undefined || maxSessions === undefined || !admin) return undefined
  return { address: address.value, weight, maxSessions, admin }
}

/** With the server as `value` has it, in its place or behind the others; without it when that is null. */
export function withServer<T extends Declared>(declared: T, target: string, value: Value): T {
  const [backendName, name] = partsOf(target)
  const wanted = parse(value)
  const place = (servers: readonly DeclaredServer[]) => {
    if (!wanted) return servers.filter((server) => server.name !== name)
    const server: DeclaredServer = { name, ...wanted }
    return servers.some((one) => one.name === name)
      ? servers.map((one) => (one.name === name ? server : one))
      : [...servers, server]
  }
  const backends = declared.backends.map((backend) =>
    backend.name === backendName ? { ...backend, servers: place(backend.servers) } : backend,
  )
  return { ...declared, backends }
}
