/** Least connections: the server that would have the fewest sessions for its weight, over all workers. */
import { isChoosable } from './choosable.js'
import { type Candidates, NONE, type Policy, type PolicyDefinition, type Random } from './policy.js'

/**
 * Compares (live + 1) / weight, the load that a server would have with this session. So while nearly nothing is going
 * on the heaviest servers take it all; the shares follow the weights once sessions are held.
 */
class LeastConn implements Policy {
  private readonly tied: Int32Array

  constructor(
    private readonly candidates: Candidates,
    private readonly random: Random,
  ) {
    this.tied = new Int32Array(candidates.size)
  }

  /**
   * Where all servers are equal they take turns by the shared cursor. Where only some are, as while few sessions come and
   * go, chance decides: who they are changes in step with the cursor, and turns starved a server (two clients that
   * reconnect and three servers: the second one got nothing).
   */
  choose(_key: number, tried: readonly number[]): number {
    const ties = this.findLeast(tried)
    if (ties < 2) return ties === 0 ? NONE : (this.tied[0] ?? NONE)
    const turn = ties === this.countServing() ? this.candidates.advance() % ties : Math.floor(this.random() * ties)
    return this.tied[turn] ?? NONE
  }

  /** Fills `tied` with the positions of least load and returns their number. */
  private findLeast(tried: readonly number[]): number {
    const { candidates } = this
    let ties = 0
    let leastLive = 0
    let leastWeight = 0
    for (let position = 0; position < candidates.size; position++) {
      if (!isChoosable(candidates, position, tried)) continue
      const live = candidates.live(position) + 1
      const weight = candidates.weight(position)
      // cross-multiplied, so that equal loads are equal; the first one meets a least of 0 / 0
      const difference = ties === 0 ? -1 : live * leastWeight - leastLive * weight
      if (difference > 0) continue
      if (difference < 0) {
        ties = 0
        leastLive = live
        leastWeight = weight
      }
      this.tied[ties++] = position
    }
    return ties
  }

  /** Those that are full, and those that failed for this session, are among them. */
  private countServing(): number {
    let serving = 0
    for (let position = 0; position < this.candidates.size; position++) {
      if (this.candidates.isServing(position)) serving++
    }
    return serving
  }
}

export const leastConn: PolicyDefinition = {
  name: 'least-conn',
  summary: 'the server with the fewest live sessions for its weight',
  algo: 'leastconn',
  keyed: false,
  levels: true,
  tabled: false,
  create: (candidates, random) => new LeastConn(candidates, random),
}
