/** The registry as workers need it: plain data, numeric addresses, rows of the scoreboard. */
import type { Address } from '../../core/address.js'
import type { BackendShape, FrontendShape, Shape } from '../../core/messages.js'
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
  return { records, frontends: frontends.map(frontendShape), backends: backends.map(backendShape) }
}

function frontendShape({ settings, backends, isEnabled }: ShapedFrontend): FrontendShape {
  const { id, name, protocol, listen, clientIdleMs, logEmpty, tcp, backlog, deferAccept } = settings
  const listeners = (isEnabled ? listen : []).map((address) => ({ protocol, address, share: 0 }))
  return {
    id,
    name,
    protocol,
    backends: backends.map((backend) => backend.id),
    listeners,
    clientIdleMs,
    logEmpty,
    tcp,
    backlog,
    deferAccept,
  }
}

function backendShape({ settings, servers }: Shaped['backends'][number]): BackendShape {
  const { id, name, policy, key, connectTimeoutMs, retries, serverIdleMs, udpIdleMs, tcp, source } = settings
  return {
    id,
    name,
    policy: policy.name,
    key,
    connectTimeoutMs,
    retries,
    serverIdleMs,
    udpIdleMs,
    tcp,
    ...(source && { source }),
    servers: servers.map(({ slot, name, resolved }) => ({ slot, name, ...(resolved && { address: resolved }) })),
  }
}
