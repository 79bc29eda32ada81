/** What servers counted that their backend has no more: a backend's counters, as HAProxy's, never go back. */
import { SERVER_COUNTERS, type ServerCounter } from '../../core/scoreboard/counters.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { Backend } from './backend.js'
import { type Counts, countsOf } from './counts.js'

export class FormerServers {
  /** By slot, until the row is another's: sessions that outlive their server count on in it. */
  private readonly slots = new Map<number, Backend>()
  /** Of rows that are others' by now. */
  private readonly sums = new WeakMap<Backend, Counts<ServerCounter>>()

  constructor(private readonly board: Scoreboard) {}

  add(slot: number, backend: Backend): void {
    this.slots.set(slot, backend)
  }

  /** The row will be another's: the last moment to read it. */
  settle(slot: number): void {
    const backend = this.slots.get(slot)
    if (!backend) return
    this.sums.set(
      backend,
      countsOf(SERVER_COUNTERS, (name) => this.settled(backend, name) + this.board.totalOfServer(slot, name)),
    )
    this.slots.delete(slot)
  }

  total(backend: Backend, counter: ServerCounter): number {
    let sum = this.settled(backend, counter)
    for (const [slot, of] of this.slots) if (of === backend) sum += this.board.totalOfServer(slot, counter)
    return sum
  }

  private settled(backend: Backend, counter: ServerCounter): number {
    return this.sums.get(backend)?.get(counter) ?? 0
  }
}
