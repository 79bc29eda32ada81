/**
 * Whose turn it is among the backends of one frontend: one even sequence by weight, and one cursor that all workers
 * share, as in the weighted round robin of servers.
 */
import { NONE, type Random } from './policy/policy.js'
import { buildSequence } from './policy/weighted-sequence.js'
import type { Scoreboard } from './scoreboard/scoreboard.js'

/** Turns of others skipped in one choice before it is left to chance. */
const MAX_SKIPS = 32

export class Split {
  private weights: readonly number[] = []
  private sequence: Uint16Array = new Uint16Array(0)
  private builtFor: number | undefined

  /**
   * @param frontend row in the scoreboard
   * @param backends rows in the scoreboard; a position is an index in them
   */
  constructor(
    private readonly board: Scoreboard,
    private readonly frontend: number,
    private readonly backends: readonly number[],
    private readonly random: Random,
  ) {}

  /** The position whose turn it is; NONE when none has a weight. */
  next(): number {
    this.refresh()
    const { sequence } = this
    return sequence[this.board.advanceSplitCursor(this.frontend) % sequence.length] ?? NONE
  }

  /**
   * A position for a session that cannot go to the tried ones: any other with a weight, or NONE. By a cursor of its own,
   * so that nobody loses a turn by it, and that what was tried gives its share to the others by their weights.
   */
  nextBut(tried: readonly number[]): number {
    this.refresh()
    const { sequence } = this
    const turns = Math.min(sequence.length, MAX_SKIPS)
    for (let turn = 0; turn < turns; turn++) {
      const position = sequence[this.board.advanceDetourCursor(this.frontend) % sequence.length] ?? NONE
      if (!tried.includes(position)) return position
    }
    return this.draw(tried)
  }

  /** Whether it takes new sessions at all. */
  isOpen(position: number): boolean {
    this.refresh()
    return (this.weights[position] ?? 0) > 0
  }

  private draw(tried: readonly number[]): number {
    let held = NONE
    let total = 0
    for (const [position, weight] of this.weights.entries()) {
      if (weight === 0 || tried.includes(position)) continue
      total += weight
      if (this.random() * total < weight) held = position
    }
    return held
  }

  private refresh(): void {
    const generation = this.board.splitGeneration(this.frontend)
    if (generation === this.builtFor) return
    this.weights = this.backends.map((backend) => this.board.routeWeight(this.frontend, backend))
    this.sequence = buildSequence(this.weights)
    this.builtFor = generation
  }
}
