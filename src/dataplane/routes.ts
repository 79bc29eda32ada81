/** Where the sessions of a frontend go: its backends by their turn, and on to another one when that has no server. */

import type { Lane } from '../core/lane.js'
import type { WorkerColumn } from '../core/scoreboard/column.js'
import type { Split } from '../core/split.js'
import type { KnownServer, Picked, WorkerBackend } from './worker-backend.js'

const NONE_PASSED: readonly number[] = []

export class Routes {
  /** The one backend, where there is only one. */
  readonly only: WorkerBackend | undefined
  /** A policy looks at the client. */
  readonly keyed: boolean

  /**
   * @param backends never empty
   * @param lanes of their servers, looked in one after the other
   * @param split over their positions
   * @param frontend row in the scoreboard
   */
  constructor(
    private readonly backends: readonly WorkerBackend[],
    readonly lanes: readonly Lane[],
    private readonly split: Split,
    private readonly column: WorkerColumn,
    private readonly frontend: number,
  ) {
    this.only = backends.length === 1 ? backends[0] : undefined
    this.keyed = backends.some((backend) => backend.keyed)
  }

  /**
   * A server for one session, counted as its session already.
   * @param words of the client (core/client-key), beginning at `at`; looked at only when `keyed`
   */
  pick(words: Int32Array, at: number): Picked | undefined {
    return this.only ? this.only.present.pick(words, at, this.lanes) : this.pickBeyond(NONE_PASSED, words, at)
  }

  /** A server of another backend than these: they had none, or none that could be reached. */
  pickElsewhere(passed: readonly WorkerBackend[], words: Int32Array, at: number): Picked | undefined {
    if (this.only) return undefined
    const positions = passed.map((backend) => this.positionOf(backend))
    return this.pickBeyond(positions, words, at)
  }

  /** Another server for a client of this backend: there if it still takes sessions, else elsewhere. */
  pickAnother({ backend, slot }: Picked, words: Int32Array, at: number): Picked | undefined {
    if (this.only) return this.only.present.pick(words, at, this.lanes, [slot])
    const position = this.positionOf(backend)
    const same = this.split.isOpen(position) ? this.backends[position]?.present : undefined
    return same?.pick(words, at, this.lanes, [slot]) ?? this.pickElsewhere([backend], words, at)
  }

  /** The server of this row, whatever its state, counted as the session's; undefined when no backend has it. */
  pickServer(slot: number): Picked | undefined {
    for (const { present } of this.backends) {
      const picked = present.pickServer(slot)
      if (picked) return picked
    }
    return undefined
  }

  /** Of all backends, whatever their state. */
  get servers(): readonly KnownServer[] {
    return this.backends.flatMap(({ present }) => present.servers)
  }

  /** Whose servers a session may wait for when there is none for it: the first that takes sessions and lets them wait. */
  get awaited(): WorkerBackend | undefined {
    return this.open.find(({ patienceMs }) => patienceMs > 0)
  }
  /** Milliseconds that a session may wait for a server of any of them. */
  get patienceMs(): number {
    return this.open.reduce((most, { patienceMs }) => Math.max(most, patienceMs), 0)
  }
  /** Another number whenever the state of a server has changed. */
  get generations(): number {
    return this.backends.reduce((sum, { generation }) => sum + generation, 0)
  }
  /** Backends that take sessions, as the present shape has them. */
  private get open(): readonly WorkerBackend[] {
    if (this.only) return [this.only.present]
    return this.backends.filter((_, position) => this.split.isOpen(position)).map(({ present }) => present)
  }

  /** By row: another shape may have made the session's backend. */
  private positionOf({ shape }: WorkerBackend): number {
    return this.backends.findIndex((backend) => backend.shape.id === shape.id)
  }

  private pickBeyond(passed: readonly number[], words: Int32Array, at: number): Picked | undefined {
    let without = passed
    for (;;) {
      const position = without.length === 0 ? this.split.next() : this.split.nextBut(without)
      const picked = this.backends[position]?.present.pick(words, at, this.lanes)
      if (picked) {
        if (without.length > 0) this.column.countFrontend(this.frontend, 'diverted')
        return picked
      }
      if (position < 0) return undefined
      without = [...without, position]
    }
  }
}
