/** The registry as workers need it: plain data, numeric addresses, rows of the scoreboard. */
import type { BackendShape, FrontendShape, Shape } from '../../core/messages.js'
import type { Backend } from './backend.js'
import type { Frontend } from './frontend.js'
import type { Registry } from './registry.js'

/** @param records whether workers send close records */
export function shapeOf(registry: Registry, records: boolean): Shape {
  return { records, frontends: registry.frontends.map(frontendShape), backends: registry.backends.map(backendShape) }
}

function frontendShape({ settings, backend }: Frontend): FrontendShape {
  const { id, name, protocol, listen, clientIdleMs, logEmpty, tcp, backlog, deferAccept } = settings
  const listeners = listen.map((address) => ({ protocol, address, share: 0 }))
  return { id, name, protocol, backend: backend.id, listeners, clientIdleMs, logEmpty, tcp, backlog, deferAccept }
}

function backendShape({ settings, servers }: Backend): BackendShape {
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
