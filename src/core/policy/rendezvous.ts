/**
 * Weighted rendezvous hashing (Thaler and Ravishankar 1998; weighted by Schindelhauer and Schomaker 2005): each server
 * draws a number from the key and its own identity, and the highest wins. A server that goes moves only its own keys, one
 * that comes back gets the very same ones, and a changed weight moves only the share that it gained or lost.
 */
import { combine } from '../session-key.js'
import { isChoosable } from './choosable.js'
import { type Candidates, NONE } from './policy.js'

const TWO_TO_32 = 2 ** 32

/** The choosable position that the key prefers, or NONE. Time grows with the number of servers. */
export function highestScore(candidates: Candidates, key: number, tried: readonly number[]): number {
  let best = NONE
  let highest = 0
  for (let position = 0; position < candidates.size; position++) {
    if (!isChoosable(candidates, position, tried)) continue
    const score = scoreOf(key, candidates.identity(position), candidates.weight(position))
    if (score > highest) {
      highest = score
      best = position
    }
  }
  return best
}

/** weight / -ln(u) for u uniform in (0, 1): the highest of several such numbers is each one's in proportion to its weight. */
function scoreOf(key: number, identity: number, weight: number): number {
  const uniform = (combine(key, identity) + 0.5) / TWO_TO_32
  return weight / -Math.log(uniform)
}
