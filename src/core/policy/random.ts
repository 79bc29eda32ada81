/** Power of two choices (Mitzenmacher 2001): of two servers drawn by weight, the one with less to do. */
import { isChoosable } from './choosable.js'
import { type Candidates, NONE, type Policy, type PolicyDefinition, type Random } from './policy.js'
import { drawByWeight } from './weighted-draw.js'

/** Draws that may hit a server that cannot be taken, before the exact but slower way over all servers. */
const MAX_DRAWS = 8

class TwoChoices implements Policy {
  /** Sums of the weights up to and with each position; servers out of service add nothing. */
  private readonly sums: Float64Array
  private total = 0
  private builtFor: number | undefined

  constructor(
    private readonly candidates: Candidates,
    private readonly random: Random,
  ) {
    this.sums = new Float64Array(candidates.size)
  }

  choose(_key: number, tried: readonly number[]): number {
    this.refresh()
    const first = this.draw(NONE, tried)
    if (first === NONE) return NONE
    const second = this.draw(first, tried)
    return second !== NONE && this.isLessLoaded(second, first) ? second : first
  }

  /** A choosable position other than `except`, by weight. */
  private draw(except: number, tried: readonly number[]): number {
    for (let draws = 0; draws < MAX_DRAWS; draws++) {
      const position = this.positionAt(this.random() * this.total)
      if (position !== except && isChoosable(this.candidates, position, tried)) return position
    }
    return except === NONE ? drawByWeight(this.candidates, tried, this.random) : NONE
  }

  /** The first position whose sum is above `point`. */
  private positionAt(point: number): number {
    let low = 0
    let high = this.sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.sums[middle] ?? 0) > point) high = middle
      else low = middle + 1
    }
    return low
  }

  /** By live / weight; while both are equal the first draw stands, so that idle servers get their shares by weight. */
  private isLessLoaded(a: number, b: number): boolean {
    const { candidates } = this
    return candidates.live(a) * candidates.weight(b) < candidates.live(b) * candidates.weight(a)
  }

  private refresh(): void {
    const generation = this.candidates.generation()
    if (generation === this.builtFor) return
    let sum = 0
    for (let position = 0; position < this.candidates.size; position++) {
      if (this.candidates.isServing(position)) sum += this.candidates.weight(position)
      this.sums[position] = sum
    }
    this.total = sum
    this.builtFor = generation
  }
}

export const random: PolicyDefinition = {
  name: 'random',
  summary: 'two servers drawn by weight, the less loaded of them',
  algo: 'random',
  keyed: false,
  levels: true,
  tabled: false,
  create: (candidates, chance) => new TwoChoices(candidates, chance),
}
