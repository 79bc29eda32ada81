/** Servers added and removed at run time: the value is what a server is added with, or null where there is none. */
import { formatAddress, parseServerAddress } from '../../core/address.js'
import { ADMIN_STATES, type AdminState } from '../../core/server-state.js'
import type { Declared, DeclaredServer } from '../registry/plan.js'
import type { Registry } from '../registry/registry.js'
import { HEAVIEST, MOST_SESSIONS, table, wholeNumber } from './parse.js'
import { configuredServer, everyServer, partsOf, serverAt } from './server-setting.js'
import type { Setting } from './setting.js'
import { isSameValue, type Value } from './value.js'

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
  async apply({ registry, topology }, target, value, by) {
    const present = serverAt(registry, target)
    // an address set at run time would hold where the declared one stays
    if (present && value !== null) registry.releaseAddress(present, by)
    await topology.change((declared) => withServer(declared, target, value), by)
    const [server, wanted] = [serverAt(registry, target), parse(value)]
    if (!server || !wanted) return
    // one that was there already has kept its own; the admin state is left to it, or an undo could end a maint
    registry.setWeight(server, wanted.weight, by)
    registry.setServerLimit(server, wanted.maxSessions, by)
  },
  follow(registry, note) {
    let before = declarations(registry)
    registry.on('membership', (_, removed, by) => {
      const [was, is] = [before, declarations(registry)]
      before = is
      if (by === undefined) return
      // if it comes back, then as it went: HAProxy's `del server` wants it in maint
      for (const { path, settings, admin } of removed) note(path, described({ ...settings, admin }), null, by)
      for (const [path, value] of is) {
        const old = was.get(path) ?? null
        if (!isSameValue(old, value)) note(path, old, value, by)
      }
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

/** What a server is, and the admin state that it begins with. */
export function apart(value: Value): readonly [server: Value, admin: AdminState] {
  const server = parse(value)
  return server ? [described({ ...server, admin: 'ready' }), server.admin ?? 'ready'] : [null, 'ready']
}

function declarations({ backends }: Registry): ReadonlyMap<string, Value> {
  const servers = backends.flatMap((backend) => backend.servers)
  return new Map(servers.map(({ path, settings }) => [path, described(settings)]))
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
