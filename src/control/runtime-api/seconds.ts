/** Whole seconds from a Unix time in ms to now; never negative, however the clock was set. */
export function secondsSince(then: number, now: number): number {
  return Math.max(0, Math.floor((now - then) / 1_000))
}
