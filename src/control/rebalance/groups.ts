/** The sessions of one backend by what their frontends ask for: each kind is levelled among the servers that take it. */
import { type AskedRole, LANE_BIT, LANES_OF } from '../../core/lane.js'
import type { SessionCount } from '../../core/messages.js'
import { isServing } from '../../core/server-state.js'
import type { Backend } from '../registry/backend.js'
import type { Frontend } from '../registry/frontend.js'
import type { Server } from '../registry/server.js'
import type { Seat } from './plan.js'

export interface ServerSeat extends Seat {
  readonly server: Server
  /** Sessions that have rested for as long as was asked. */
  readonly idle: number
}

export interface Group {
  readonly role: AskedRole
  /** Rows of the frontends. */
  readonly frontends: readonly number[]
  /** Of servers that take such sessions, or should have them no more. */
  readonly seats: readonly ServerSeat[]
}

/** @param frontends all that there are */
export function groupsOf(
  backend: Backend,
  frontends: readonly Frontend[],
  counts: readonly SessionCount[],
): readonly Group[] {
  const feeding = frontends.filter(({ backends }) => backends.includes(backend))
  const roles = [...new Set(feeding.map(({ settings }) => settings.role))]
  return roles.map((role) => {
    const rows = feeding.filter(({ settings }) => settings.role === role).map(({ id }) => id)
    const ofGroup = counts.filter(({ frontend }) => rows.includes(frontend))
    return { role, frontends: rows, seats: seatsOf(backend, role, ofGroup) }
  })
}

/** None while nobody takes such sessions: they have nowhere to go. */
function seatsOf(backend: Backend, role: AskedRole, counts: readonly SessionCount[]): readonly ServerSeat[] {
  const bits = LANES_OF[role].map((lane) => LANE_BIT[lane])
  const takes = (server: Server, bit: number) => isServing(server.board, server.slot, bit)
  const inUse = bits.find((bit) => backend.servers.some((server) => takes(server, bit)))
  if (inUse === undefined) return []
  return backend.servers
    .filter((server) => takes(server, inUse) || isOutOfPlace(server))
    .map((server) => {
      const own = counts.filter(({ server: slot }) => slot === server.slot)
      const live = own.reduce((sum, count) => sum + count.live, 0)
      const idle = own.reduce((sum, count) => sum + count.idle, 0)
      return {
        server,
        live,
        idle,
        weight: takes(server, inUse) ? server.effectiveWeight : 0,
        room: roomOf(server, live),
      }
    })
}

/**
 * In service, but for others: its role is another one now. What a server in drain, in maint, down or too far behind still
 * has is for `on_drain`, `on_down` and `on_lag`.
 */
function isOutOfPlace({ isRunning, admin, effectiveWeight, isLagging }: Server): boolean {
  return isRunning && admin === 'ready' && effectiveWeight > 0 && !isLagging
}

function roomOf({ maxSessions, live }: Server, ofGroup: number): number {
  return maxSessions === 0 ? Number.POSITIVE_INFINITY : maxSessions - (live - ofGroup)
}
