/** Timers of any length over setTimeout. */
import type { Cancel } from '../engine.js'

/** The longest delay that setTimeout takes; it turns a longer one into 1 ms. */
const LONGEST_MS = 2 ** 31 - 1

export function after(delayMs: number, run: () => void): Cancel {
  let timer: NodeJS.Timeout
  const arm = (restMs: number) => {
    const next = restMs > LONGEST_MS ? () => arm(restMs - LONGEST_MS) : run
    timer = setTimeout(next, Math.min(restMs, LONGEST_MS))
  }
  arm(delayMs)
  return () => clearTimeout(timer)
}
