/** How a backend's sessions stand to their shares, and whose would be closed. */
import type { AskedRole } from '../../core/lane.js'
import type { Group, ServerSeat } from './groups.js'
import { sharesOf, surplus } from './plan.js'

export interface Place extends ServerSeat {
  readonly group: Group
  /** Sessions that it should have; not a whole number, as a rule. */
  readonly share: number
  /** Sessions that it has too many. */
  readonly surplus: number
}

export interface Standing {
  readonly places: readonly Place[]
  readonly surplus: number
  /** Sessions that were closed, or left by themselves, and are not back. */
  readonly away: number
}

/** The most sessions of each kind that were seen. */
export type Expected = Map<AskedRole, number>

/** @param expected is raised to what is seen */
export function standingOf(groups: readonly Group[], expected: Expected = new Map()): Standing {
  let away = 0
  const places = groups.flatMap((group) => {
    const { role, seats } = group
    const live = seats.reduce((sum, seat) => sum + seat.live, 0)
    const total = Math.max(live, expected.get(role) ?? 0)
    expected.set(role, total)
    away += total - live
    const shares = sharesOf(seats, total)
    const excess = surplus(seats, total)
    return seats.map((seat, i) => ({ ...seat, group, share: shares[i] ?? 0, surplus: excess[i] ?? 0 }))
  })
  return { places, away, surplus: places.reduce((sum, place) => sum + place.surplus, 0) }
}
