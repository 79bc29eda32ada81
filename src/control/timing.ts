/** Time, timers and chance as the control plane's schedules take them: tests hand in their own. */

export type Cancel = () => void

export interface Timing {
  /** Unix time, ms. */
  now(): number
  /** Milliseconds since some moment, for how long something takes: unlike the time of day, nobody sets it. */
  ticks(): number
  /** Runs once after so many milliseconds, unless cancelled. */
  after(delayMs: number, run: () => void): Cancel
  /** Uniform in [0, 1). */
  random(): number
}

export const systemTiming: Timing = {
  now: Date.now,
  ticks: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}
