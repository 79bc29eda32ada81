/** How far a replica is behind, and whether that is too far. */
import type { MaxLag } from '../../config/schema/roles.js'
import { formatDuration } from '../../core/duration.js'
import { roughSize } from '../../core/size.js'
import type { DatabaseFinding } from '../health/probes/probe.js'

/** What is not known is absent. */
export interface Lag {
  readonly ms?: number
  /** Of log that the primary has written and this one has not replayed. */
  readonly bytes?: number
}

/** A server that is behind returns when it is within this share of `max_lag`. */
const RETURN_WITHIN = 0.5

/** How far a primary had written its log when it was asked last. */
export interface Written {
  readonly position: number
  /** Unix time, ms. */
  readonly at: number
  readonly timeline: number
}

/** What was told last, by a newer primary or the same: its log may be shorter than that of the one before, or begin anew. */
export function laterWritten(one: Written | undefined, other: Written): Written {
  if (!one || other.timeline > one.timeline) return other
  return other.timeline < one.timeline || other.at < one.at ? one : other
}

/** Where the clock was set back: what was told before must not count as the latest until that time comes again. */
export function noLater(written: Written, now: number): Written {
  return written.at <= now ? written : { ...written, at: now }
}

/**
 * A replica that has all that the primary had at some moment is no further behind than since then, whatever it says: one
 * that has lost its primary cannot tell better than by its last change, which may be from last night.
 * @param at Unix time, ms, at which it was asked
 */
export function lagOf({ lagMs, position }: DatabaseFinding, at: number, written: Written | undefined): Lag {
  const bytes = position === undefined || written === undefined ? undefined : Math.max(0, written.position - position)
  const most = written && bytes === 0 ? Math.max(0, at - written.at) : Number.POSITIVE_INFINITY
  const ms = lagMs === undefined ? undefined : Math.min(lagMs, most)
  return { ...(ms !== undefined && { ms }), ...(bytes !== undefined && { bytes }) }
}

/** 0 is level with the primary, 1 is as far as `max_lag` allows. A replica that cannot say how late it is is too late. */
export function shareOf(lag: Lag, max: MaxLag): number {
  if ('ms' in max) return (lag.ms ?? Number.POSITIVE_INFINITY) / max.ms
  // before the primary has been asked there is nothing to compare with
  return (lag.bytes ?? 0) / max.bytes
}

export function isTooFar(share: number, wasTooFar: boolean): boolean {
  return wasTooFar ? share > RETURN_WITHIN : share > 1
}

/** Percent of the weight that is left at this share of `max_lag`: from 100 down to 10. */
export function weightAt(share: number): number {
  return Math.max(10, Math.round(100 - 90 * Math.min(1, share)))
}

/** `3.2s, 1.21 MB behind`. */
export function lagWords({ ms, bytes }: Lag): string {
  const time = ms === undefined ? [] : [Number.isFinite(ms) ? formatDuration(Math.round(ms)) : 'nobody knows how long']
  const size = bytes === undefined ? [] : [roughSize(bytes)]
  const amounts = [...time, ...size]
  return amounts.length === 0 ? 'it cannot say how far behind' : `${amounts.join(', ')} behind`
}
