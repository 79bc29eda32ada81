/** What every policy asks of a position before it takes it. */
import type { Candidates } from './policy.js'

export function isChoosable(candidates: Candidates, position: number, tried: readonly number[]): boolean {
  return candidates.isEligible(position) && !tried.includes(position)
}
