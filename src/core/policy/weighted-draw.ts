/** One choosable position at random, each in proportion to its weight, in one pass and without memory. */
import { isChoosable } from './choosable.js'
import { type Candidates, NONE, type Random } from './policy.js'

/**
 * A reservoir of one: each position replaces the one held with probability weight / weights so far (Efraimidis and
 * Spirakis 2006, for one item). Always finds a choosable position if there is any; NONE otherwise. Time grows with the
 * number of servers.
 */
export function drawByWeight(candidates: Candidates, tried: readonly number[], random: Random): number {
  let held = NONE
  let total = 0
  for (let position = 0; position < candidates.size; position++) {
    if (!isChoosable(candidates, position, tried)) continue
    const weight = candidates.weight(position)
    total += weight
    if (random() * total < weight) held = position
  }
  return held
}
