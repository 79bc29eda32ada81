/** Weighted round robin: one even sequence, and one cursor that all workers share. */
import { isChoosable } from './choosable.js'
import type { Candidates, Policy, PolicyDefinition, Random } from './policy.js'
import { drawByWeight } from './weighted-draw.js'
import { buildSequence } from './weighted-sequence.js'

/** Positions skipped in one choice before it is left to chance: bounds a choice when most servers are at their limit. */
const MAX_SKIPS = 32

class RoundRobin implements Policy {
  private sequence: Uint16Array = new Uint16Array(0)
  private builtFor: number | undefined

  constructor(
    private readonly candidates: Candidates,
    private readonly random: Random,
  ) {}

  /**
   * A position that cannot be taken uses up its turn of the shared cursor. So the others keep exactly the shares that
   * they would have without it; a mere step to its neighbour would give all of its share to that neighbour.
   */
  choose(_key: number, tried: readonly number[]): number {
    const sequence = this.current()
    const turns = Math.min(sequence.length, MAX_SKIPS)
    for (let turn = 0; turn < turns; turn++) {
      const position = sequence[this.candidates.advance() % sequence.length] ?? 0
      if (isChoosable(this.candidates, position, tried)) return position
    }
    return drawByWeight(this.candidates, tried, this.random)
  }

  private current(): Uint16Array {
    const generation = this.candidates.generation()
    if (generation !== this.builtFor) {
      this.sequence = buildSequence(servingWeights(this.candidates))
      this.builtFor = generation
    }
    return this.sequence
  }
}

function servingWeights(candidates: Candidates): number[] {
  return Array.from({ length: candidates.size }, (_, position) =>
    candidates.isServing(position) ? candidates.weight(position) : 0,
  )
}

export const roundRobin: PolicyDefinition = {
  name: 'round-robin',
  summary: 'each server in turn, as often as its weight says',
  algo: 'roundrobin',
  keyed: false,
  levels: true,
  tabled: false,
  create: (candidates, random) => new RoundRobin(candidates, random),
}
