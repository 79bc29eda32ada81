/** The settings of a server. */
import { formatAddress, inetAddress, parseServerAddress } from '../../core/address.js'
import { ADMIN_STATES } from '../../core/server-state.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { HEAVIEST, LARGEST_PORT, MOST_SESSIONS, table, wholeNumber } from './parse.js'
import { serverSetting } from './server-setting.js'
import { BY_AGENT, BY_CONFIG } from './setting.js'
import { SWITCH, switchOf } from './switch.js'

/** The config has no word for it: every server of it starts ready; one that was added at run time may start otherwise. */
export const adminSetting = serverSetting({
  kind: 'admin',
  label: 'admin state',
  parse: (value) => ADMIN_STATES.find((state) => state === value),
  configured: ({ admin = 'ready' }) => admin,
  current: (server) => server.admin,
  apply({ registry }, server, state, by) {
    if (by === BY_CONFIG && isAgents(registry, server, server.lastAdminChange)) return
    registry.setAdmin(server, state, by)
  },
  follow: (registry, note) => registry.on('admin', note),
  command: (path, state) => `set server ${path} state ${state}`,
})

export const weightSetting = serverSetting({
  kind: 'weight',
  label: 'weight',
  parse: (value) => wholeNumber(value, HEAVIEST),
  configured: ({ weight }) => weight,
  current: (server) => server.weight,
  apply: ({ registry }, server, weight, by) => registry.setWeight(server, weight, by),
  follow: (registry, note) => registry.on('weight', note),
  command: (path, weight) => `set server ${path} weight ${weight}`,
})

/** A name is only what the config says: at run time an address is a numeric one. */
export const addressSetting = serverSetting({
  kind: 'address',
  label: 'address',
  parse(value) {
    const address = parseServerAddress(typeof value === 'string' ? value : '')
    return address.ok ? formatAddress(address.value) : undefined
  },
  configured: ({ address }) => formatAddress(address),
  current: (server) => formatAddress(server.address),
  async apply({ registry, topology }, server, text, by) {
    const address = parseServerAddress(text)
    if (!address.ok || text === formatAddress(server.address)) return
    if (address.value.family === 'name') registry.releaseAddress(server, by)
    else registry.setAddress(server, address.value, by)
    await topology.configure()
  },
  follow: (registry, note) =>
    registry.on('address', (server, _, by, said) => {
      if (by !== undefined) note(server, formatAddress(said), formatAddress(server.address), by)
    }),
  command(path, text) {
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(String(text)) ?? []
    return `set server ${path} addr ${host === undefined ? text : `${host} port ${port}`}`
  },
})

export const serverLimitSetting = serverSetting({
  kind: 'server-limit',
  label: 'max sessions',
  parse: (value) => wholeNumber(value, MOST_SESSIONS),
  configured: ({ maxSessions }) => maxSessions,
  current: (server) => server.maxSessions,
  apply({ registry }, server, max, by) {
    const { lastLimitWord: last } = server
    // an edit of this very setting wins
    if (by === BY_CONFIG && last?.configured === max && isAgents(registry, server, last)) return
    registry.setServerLimit(server, max, by)
  },
  follow: (registry, note) => registry.on('server-limit', note),
  command: (path, max) => `set maxconn server ${path} ${max}`,
})

/** The config has no word for it: a check that it has is on. */
export const checkedSetting = serverSetting({
  kind: 'checked',
  label: 'health check',
  parse: (value) => SWITCH.find((state) => state === value),
  configured: () => 'on',
  current: (server) => switchOf(server.isChecked),
  apply: ({ registry }, server, state, by) => registry.setChecked(server, state === 'on', by),
  follow: (registry, note) => registry.on('checked', (server, is, by) => note(server, switchOf(!is), switchOf(is), by)),
  command: (path, state) => `${state === 'on' ? 'enable' : 'disable'} health ${path}`,
})

/** Null: where the config has it probed. */
export const probeAtSetting = serverSetting({
  kind: 'probe-at',
  label: 'address of its check',
  parse: (value) => (value === null ? null : describedProbe(probeIn(value))),
  configured: () => null,
  current: ({ probeAt }) => describedProbe(probeAt),
  apply: ({ registry }, server, value, by) => registry.setProbeAt(server, probeIn(value), by),
  follow: (registry, note) =>
    registry.on('probe-at', (server, was, is, by) => note(server, describedProbe(was), describedProbe(is), by)),
  command(path, value) {
    const { host, port } = probeIn(value)
    if (host === undefined) return `set server ${path} check-port ${port}`
    return `set server ${path} check-addr ${host}${port === undefined ? '' : ` port ${port}`}`
  },
})

/** What an agent said holds while it is silent, whatever else of the config is edited. */
function isAgents(registry: Registry, server: Server, last: { readonly by: string } | undefined): boolean {
  const { agent, check } = registry.backendOf(server).settings
  const hasAgent = agent !== undefined || (check !== false && check.type === 'agent')
  return hasAgent && last?.by === BY_AGENT
}

type Probe = Readonly<Record<string, string | number>>

function describedProbe({ host, port }: Server['probeAt']): Probe | null {
  if (host === undefined && port === undefined) return null
  return { ...(host !== undefined && { host }), ...(port !== undefined && { port }) }
}

/** What is no address and no port is left out. */
function probeIn(value: unknown): Server['probeAt'] {
  const { host, port } = table(value) ?? {}
  const address = typeof host === 'string' ? inetAddress(host, 1) : undefined
  const number = wholeNumber(port, LARGEST_PORT)
  return { ...(address && { host: address.host }), ...(number && { port: number }) }
}
