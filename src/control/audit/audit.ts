/** Who changed what and when, since the start. The log has the same, for longer. */
import { EventEmitter } from 'node:events'
import type { Registry } from '../registry/registry.js'
import { type ChangeKind, SETTINGS } from '../settings/list.js'
import { BY_AGENT } from '../settings/setting.js'
import type { Value } from '../settings/value.js'

/** One change of one setting. */
export interface AuditEntry {
  /** Counts from 1, and goes on when the oldest are dropped. */
  readonly number: number
  /** Unix time, ms. */
  readonly at: number
  /** E.g. `runtime-api alice (uid 1000, pid 4711)`. */
  readonly by: string
  readonly kind: ChangeKind
  /** `backend/server`, the name of a frontend or backend, or `''` for the process. */
  readonly target: string
  readonly was: Value
  readonly is: Value
  /** The number of the change that this one reversed. */
  readonly undoes?: number
  /** The number of the change that reversed this one. */
  readonly undoneBy?: number
}

/** How many changes are remembered. */
const MOST = 1_000

export class Audit extends EventEmitter<{ change: [AuditEntry] }> {
  private readonly kept: AuditEntry[] = []
  /** Number of the latest change; 0 before the first. */
  last = 0
  private readonly reversing = new Set<AuditEntry>()

  constructor(
    registry: Registry,
    private readonly clock: () => number = Date.now,
    private readonly most = MOST,
  ) {
    super()
    for (const { kind, follow } of SETTINGS) {
      follow(registry, (target, was, is, by) => this.note({ kind, target, was, is, by }))
    }
  }

  /** Oldest first. */
  get entries(): readonly AuditEntry[] {
    return this.kept
  }

  entry(number: number): AuditEntry | undefined {
    return this.kept.find((entry) => entry.number === number)
  }

  /** The changes that `change` makes to what `entry` changed are the reversal of it. */
  async reverse(entry: AuditEntry, change: () => void | Promise<void>): Promise<void> {
    this.reversing.add(entry)
    try {
      await change()
    } finally {
      this.reversing.delete(entry)
    }
  }

  private note(change: Pick<AuditEntry, 'kind' | 'target' | 'was' | 'is' | 'by'>): void {
    // a limit that an agent moves with the load would soon be all that is remembered
    if (change.by === BY_AGENT && change.kind !== 'admin') return
    const number = ++this.last
    const undone = [...this.reversing].find(({ kind, target }) => kind === change.kind && target === change.target)
    const entry: AuditEntry = { number, at: this.clock(), ...change, ...(undone && { undoes: undone.number }) }
    if (undone) this.replace({ ...undone, undoneBy: number })
    this.kept.push(entry)
    if (this.kept.length > this.most) this.kept.shift()
    this.emit('change', entry)
  }

  private replace(entry: AuditEntry): void {
    const at = this.kept.findIndex(({ number }) => number === entry.number)
    if (at !== -1) this.kept[at] = entry
  }
}
