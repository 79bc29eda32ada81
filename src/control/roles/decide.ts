/**
 * Who may serve which lane, by what the probes of one backend found: who is the primary, who has a rival, which replica is
 * too far behind. Pure: a decision is a function of what is known.
 */
import type { Backend as BackendConfig } from '../../config/config.js'
import { bitsOf, EVERY_LANE, type Lane } from '../../core/lane.js'
import type { Role } from '../../core/role.js'

export interface Member {
  /** Up, and not in maint: its probes say how it is. */
  readonly isUp: boolean
  /** Would take new sessions, were its role asked for: up, ready, weight above 0. */
  readonly serves: boolean
  /** Its last probe passed. */
  readonly isFresh: boolean
  /** Nobody listens there any more, or it is just ending or starting. */
  readonly isRefusing: boolean
  /** What the last passed probe said; undefined before, and where the probe cannot tell. */
  readonly role: Role | undefined
  /** Unix time, ms, at which its last probe ended. */
  readonly probedAt: number
  /** Unix time, ms, since when it says that it is the primary. */
  readonly primarySince: number
  /** Grows with every promotion; undefined where the database does not count them. */
  readonly timeline: number | undefined
  readonly isLagging: boolean
  /** How far it is behind, as a share of `max_lag`. */
  readonly behind: number
}

export type Rules = Pick<BackendConfig['roles'], 'onAllLagging' | 'onSplitBrain'>

export interface Decision {
  /** Bits of the lanes that each member is barred from, by position. */
  readonly barred: readonly number[]
  /** Position; undefined while there is none, or no telling which. */
  readonly primary: number | undefined
  /** Positions of those that say that they are the primary, when there is more than one. */
  readonly rivals: readonly number[]
}

/** Replicas within this of the least lagged are as good: reads of all of them should not end up on a single one. */
const ALIKE = 0.5

export function decide(members: readonly Member[], rules: Rules): Decision {
  const claimants = claimantsAmong(members)
  const rivals = claimants.length > 1 ? claimants : []
  const primary = claimants.length === 1 ? claimants[0] : newest(members, claimants, rules)
  const allowed = members.map((member, position) => lanesOf(member, position === primary))
  for (const lane of ['replica', 'any'] as const) fillIn(lane, members, allowed, primary, rules)
  return { barred: allowed.map((lanes) => EVERY_LANE & ~bitsOf(lanes)), primary, rivals }
}

/**
 * Who says that it is the primary. A server whose last probe failed, or is older than another one's claim, may have been
 * the primary before that one: it has no say while the other has.
 */
function claimantsAmong(members: readonly Member[]): readonly number[] {
  const claims = members.flatMap((member, position) =>
    member.isUp && member.role === 'primary' && !member.isRefusing ? [{ ...member, position }] : [],
  )
  const fresh = claims.filter(({ isFresh }) => isFresh)
  // while no probe passes, the newest claim is the best guess
  const heard = fresh.length > 0 ? fresh : claims
  const newestClaim = Math.max(...heard.map(({ primarySince }) => primarySince))
  const current = heard.filter(
    ({ isFresh, probedAt, primarySince }) => (isFresh ? probedAt : primarySince) >= newestClaim,
  )
  return current.map(({ position }) => position)
}

function newest(members: readonly Member[], rivals: readonly number[], { onSplitBrain }: Rules): number | undefined {
  if (onSplitBrain === 'refuse' || rivals.length === 0) return undefined
  const timelineOf = (position: number) => members[position]?.timeline ?? 0
  const highest = Math.max(...rivals.map(timelineOf))
  const [one, ...others] = rivals.filter((position) => timelineOf(position) === highest)
  return others.length === 0 ? one : undefined
}

function lanesOf({ role, isLagging }: Member, isPrimary: boolean): Lane[] {
  if (isPrimary) return ['any', 'primary']
  if (role === 'replica') return isLagging ? [] : ['any', 'replica']
  return ['any']
}

/** Every replica that could serve is too far behind: somebody else takes the sessions of this lane, or the least of them. */
function fillIn(
  lane: Lane,
  members: readonly Member[],
  allowed: Lane[][],
  primary: number | undefined,
  { onAllLagging }: Rules,
): void {
  const serves = (position: number) => members[position]?.serves === true
  if (allowed.some((lanes, position) => lanes.includes(lane) && serves(position))) return
  const lagging = members.flatMap(({ role, isLagging }, position) =>
    role === 'replica' && isLagging && serves(position) ? [position] : [],
  )
  if (lagging.length === 0 || onAllLagging === 'refuse') return
  const least = Math.min(...lagging.map((position) => members[position]?.behind ?? 0))
  const chosen =
    onAllLagging === 'primary'
      ? [primary].filter((position) => position !== undefined)
      : lagging.filter((position) => (members[position]?.behind ?? 0) <= least + ALIKE)
  for (const position of chosen) allowed[position]?.push(lane)
}
