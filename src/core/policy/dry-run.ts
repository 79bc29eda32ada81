/** A policy asked without consequences: the shared cursor stays where it is, and no session is counted. */
import { finalise } from '../session-key.js'
import { type Candidates, NONE, type PolicyDefinition } from './policy.js'

const TWO_TO_32 = 2 ** 32
const NOTHING_TRIED: readonly number[] = []

/** One backend's servers, with a cursor of their own. */
export class DryCandidates implements Candidates {
  private cursor = 0

  /** @param asIf `all-up`: every server with a weight could be taken, whatever its state */
  constructor(
    private readonly real: Candidates,
    private readonly asIf: 'now' | 'all-up' = 'now',
  ) {}

  get size(): number {
    return this.real.size
  }
  identity(position: number): number {
    return this.real.identity(position)
  }
  isEligible(position: number): boolean {
    return this.asIf === 'now' ? this.real.isEligible(position) : this.weight(position) > 0
  }
  isServing(position: number): boolean {
    return this.asIf === 'now' ? this.real.isServing(position) : this.weight(position) > 0
  }
  weight(position: number): number {
    return this.real.weight(position)
  }
  live(position: number): number {
    return this.real.live(position)
  }
  generation(): number {
    return this.real.generation()
  }
  advance(): number {
    return this.cursor++
  }
  table(): Uint16Array {
    return this.real.table()
  }
}

/**
 * How likely each position is the next choice, 0 to 1 each, by asking the policy many times; over many clients where it
 * looks at the client. All 0 when no server can be chosen.
 * @param draws how many times; the error of a policy that draws lots is about 1 / (2 √draws)
 */
export function nextShares(definition: PolicyDefinition, candidates: Candidates, draws: number): number[] {
  let drawn = 0
  const dice = () => finalise(++drawn) / TWO_TO_32
  const policy = definition.create(new DryCandidates(candidates), dice)
  const chosen = new Array<number>(candidates.size).fill(0)
  for (let draw = 0; draw < draws; draw++) {
    const position = policy.choose(finalise(draw + 1), NOTHING_TRIED)
    if (position === NONE) return chosen
    chosen[position] = (chosen[position] ?? 0) + 1
  }
  return chosen.map((times) => times / draws)
}
