/** Metrics of roles and lag: only where a check can tell them. */
import { ROLES } from '../../core/role.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { type Add, type Family, gauge, seconds } from './family.js'
import { labelsOf } from './server-families.js'

const SERVER = ['backend', 'server'] as const

export function roleFamilies(registry: Registry): readonly Family[] {
  const eachWithRole = (value: (add: Add, server: Server) => void) => (add: Add) => {
    for (const { servers } of registry.backends) for (const server of servers) if (server.role) value(add, server)
  }
  return [
    gauge(
      'server_role',
      'What its last passed probe said: 1 for the present role.',
      [...SERVER, 'role'],
      eachWithRole((add, server) => {
        for (const role of ROLES) add({ ...labelsOf(server), role }, server.role === role ? 1 : 0)
      }),
    ),
    gauge(
      'server_lag_seconds',
      'How long a replica is behind, as it says itself.',
      SERVER,
      eachWithRole((add, server) => {
        if (server.lag?.ms !== undefined) add(labelsOf(server), seconds(server.lag.ms))
      }),
    ),
    gauge(
      'server_lag_bytes',
      'Log that the primary has written and a replica has not replayed.',
      SERVER,
      eachWithRole((add, server) => {
        if (server.lag?.bytes !== undefined) add(labelsOf(server), server.lag.bytes)
      }),
    ),
    gauge(
      'server_lagging',
      'Whether a replica is further behind than max_lag, or not yet back: 1 or 0.',
      SERVER,
      eachWithRole((add, server) => add(labelsOf(server), server.isLagging ? 1 : 0)),
    ),
    gauge(
      'backend_primaries',
      'Servers that say that they are the primary: 0 and 2 are alarms.',
      ['backend'],
      (add) => {
        for (const { name, primary, rivals, servers } of registry.backends) {
          if (servers.some(({ role }) => role))
            add({ backend: name }, rivals.length > 0 ? rivals.length : primary ? 1 : 0)
        }
      },
    ),
  ]
}
