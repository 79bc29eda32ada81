/** The registry as workers need it: plain data, numeric addresses, rows of the scoreboard. */
import type { Address, InetAddress } from '../../core/address.js'
import type { BackendShape, FrontendShape, ListenerShape, Shape } from '../../core/messages.js'
import type { BackendSettings } from './backend.js'
import type { FrontendSettings } from './frontend.js'

/** Of a registry, or of a plan. */
export interface Shaped {
  readonly frontends: readonly ShapedFrontend[]
  readonly backends: readonly { readonly settings: BackendSettings; readonly servers: readonly ShapedServer[] }[]
}

export interface ShapedFrontend {
  readonly settings: FrontendSettings
  readonly backends: readonly { readonly id: number }[]
  /** One that is not has no listeners. */
  readonly isEnabled: boolean
}

export interface ShapedServer {
  readonly slot: number
  readonly name: string
  readonly resolved: Address | undefined
}

/** @param records whether workers send close records */
export function shapeOf({ frontends, backends }: Shaped, records: boolean): Shape {
  const shared = portsOfBothFamilies(frontends)
  return {
    records,
    frontends: frontends.map((frontend) => frontendShape(frontend, shared)),
    backends: backends.map(backendShape),
  }
}

/** Those of which 0.0.0.0 is listened on: [::] would take the same clients. Disabled frontends count: they come back. */
function portsOfBothFamilies(frontends: readonly ShapedFrontend[]): ReadonlySet<string> {
  const all = frontends.flatMap(({ settings: { protocol, listen } }) => listen.map((at) => ({ protocol, at })))
  return new Set(all.flatMap(({ protocol, at }) => (isAny(at, '0.0.0.0') ? [`${protocol} ${at.port}`] : [])))
}

function isAny(at: Address, host: '0.0.0.0' | '::'): at is InetAddress {
  return at.family !== 'unix' && at.host === host && at.port !== 0
}

function listenerShape(protocol: 'tcp' | 'udp', at: Address, shared: ReadonlySet<string>): ListenerShape {
  const ipv6Only = isAny(at, '::') && shared.has(`${protocol} ${at.port}`)
  return { protocol, address: at, share: 0, ...(ipv6Only && { ipv6Only }) }
}

function frontendShape({ settings, backends, isEnabled }: ShapedFrontend, shared: ReadonlySet<string>): FrontendShape {
  const { id, name, protocol, listen, clientIdleMs, logEmpty, speaks, tcp, backlog, deferAccept, role } = settings
  const listeners = (isEnabled ? listen : []).map((at) => listenerShape(protocol, at, shared))
  return {
    id,
    name,
    protocol,
    backends: backends.map((backend) => backend.id),
    role,
    listeners,
    clientIdleMs,
    logEmpty,
    speaks,
    tcp,
    backlog,
    deferAccept,
  }
}

function backendShape({ settings, servers }: Shaped['backends'][number]): BackendShape {
  const { id, name, policy, key, connectTimeoutMs, retries, serverIdleMs, udpIdleMs, tcp, source, waiting } = settings
  return {
    id,
    name,
    policy: policy.name,
    key,
    connectTimeoutMs,
    retries,
    serverIdleMs,
    waiting,
    udpIdleMs,
    tcp,
    ...(source && { source }),
    servers: servers.map(({ slot, name, resolved }) => ({ slot, name, ...(resolved && { address: resolved }) })),
  }
}
