/** When a server is probed next. */
import { type Hysteresis, isInTransition } from '../../core/hysteresis.js'
import type { CheckSchedule } from './settings.js'

/**
 * The share of an interval that chance may take away, so that the probes of many servers and many balancers do not march
 * in step. It only shortens: a dead server is known within interval × fall + timeout.
 */
export const JITTER = 0.1

/** Between the first probes of two servers at start, unless there are too many for one interval. */
const START_STEP_MS = 20

/**
 * Milliseconds from the end of a probe to the start of the next.
 * @param tookMs how long the probe that just ended took
 * @param random uniform in [0, 1)
 */
export function nextDelay(schedule: CheckSchedule, state: Hysteresis, tookMs: number, random: number): number {
  const interval = isInTransition(state) ? schedule.fastIntervalMs : schedule.intervalMs
  return restOf(interval, tookMs, random)
}

/** The same, of one interval. */
export function restOf(intervalMs: number, tookMs: number, random: number): number {
  return Math.max(0, intervalMs * (1 - JITTER * random) - tookMs)
}

/**
 * Milliseconds until the first probe of the server at a position among all: soon, one after the other, and all of them
 * within the first interval.
 */
export function startDelay(position: number, count: number, intervalMs: number): number {
  return position * Math.min(START_STEP_MS, intervalMs / Math.max(1, count))
}
