/** Time, timers and chance as the control plane's schedules take them: tests hand in their own. */

export type Cancel = () => void

export interface Timing {
  /** Unix time, ms. */
  now(): number
  /** Runs once after so many milliseconds, unless cancelled. */
  after(delayMs: number, run: () => void): Cancel
  /** Uniform in [0, 1). */
  random(): number
}

export const systemTiming: Timing = {
  now: Date.now,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}
