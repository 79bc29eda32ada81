/**
 * Keeps what operators changed: which settings differ from the config, by whose word; in memory always, and in the state
 * file when there is one. A change is on the disk a moment after it was made, and at `close`.
 */
import { EventEmitter } from 'node:events'
import type { Audit, AuditEntry } from '../audit/audit.js'
import { settingOf } from '../settings/list.js'
import { apart } from '../settings/presence-setting.js'
import { configuredServer } from '../settings/server-setting.js'
import { BY_AGENT, type Declaration } from '../settings/setting.js'
import { isSameValue } from '../settings/value.js'
import { type Cancel, systemTiming, type Timing } from '../timing.js'
import { formatState } from './document.js'
import { entryKey, type StateEntry } from './entry.js'
import { codeOf, tryState, writeState } from './file.js'
import { type DroppedEntry, type MergedState, standingConfig } from './merge.js'

export interface KeeperEvents {
  /** The file cannot be written; comes once until it can be again. */
  failing: [path: string, why: string]
  recovered: [path: string]
  /** Changes that an edited config beat. */
  dropped: [dropped: readonly DroppedEntry[]]
  /** More changes than a state file may hold; comes once. */
  overfull: [path: string, leftOut: number]
}

export interface KeeperOptions {
  /** Undefined keeps everything in memory alone. */
  readonly path: string | undefined
  readonly config: Declaration
  /** What was kept until now. */
  readonly entries: readonly StateEntry[]
  /** The file is not what `entries` are: it was moved aside. */
  readonly isBehind?: boolean
  readonly audit: Pick<Audit, 'on' | 'off'>
  readonly timing?: Timing
}

/** Changes of one moment are written together. */
const DEBOUNCE_MS = 100
const RETRY_MS = 30_000

export class StateKeeper extends EventEmitter<KeeperEvents> {
  private config: Declaration
  private readonly kept: Map<string, StateEntry>
  private readonly timing: Timing
  private obstacle: string | undefined
  private isOverfull = false
  /** Changes that are not on the disk yet. */
  private isStale: boolean
  private mayWrite = false
  private planned: Cancel | undefined
  /** What is planned is another try, and may be far off. */
  private isRetry = false
  private writing: Promise<void> = Promise.resolve()
  private readonly onChange = (entry: AuditEntry) => this.note(entry)

  constructor(private readonly options: KeeperOptions) {
    super()
    const { config, entries, audit, isBehind = false, timing = systemTiming } = options
    this.isStale = isBehind
    this.config = config
    this.kept = new Map(entries.map((entry) => [entryKey(entry), entry]))
    this.timing = timing
    audit.on('change', this.onChange)
  }

  /** Where it is kept; undefined when it is in memory alone. */
  get path(): string | undefined {
    return this.options.path
  }

  /** Why the file cannot be written at present. */
  get failing(): string | undefined {
    return this.obstacle
  }

  /** What differs from the config, in the order in which it was changed. */
  get entries(): readonly StateEntry[] {
    return [...this.kept.values()]
  }

  /**
   * From now on the file is ours: a process that cannot start, for another holds its socket, must not write. In an upgrade
   * the keeper of the old process gives way before the new one begins.
   */
  begin(): void {
    this.mayWrite = true
    if (this.isStale) this.plan()
  }

  /** After `begin`: finds out whether the file can be written, while nothing is lost yet. */
  tryOut(): Promise<void> {
    const { path } = this
    // in turn with the writes, which use the same temporary file
    if (path !== undefined) {
      this.writing = this.writing.then(() => tryState(path)).catch((error) => this.failed(path, codeOf(error)))
    }
    return this.writing
  }

  /** The registry takes over another config: see mergeState. */
  rebase(config: Declaration, { kept, dropped }: MergedState): void {
    const isSame = kept.length === this.kept.size && kept.every((entry) => this.kept.get(entryKey(entry)) === entry)
    this.config = config
    this.kept.clear()
    for (const entry of kept) this.kept.set(entryKey(entry), entry)
    if (dropped.length > 0) this.emit('dropped', dropped)
    if (!isSame) this.plan()
  }

  /** Resolves when all that was changed before is on the disk, or cannot be written. */
  async flush(): Promise<void> {
    this.unplan()
    if (!this.isStale || !this.mayWrite) return this.writing
    this.isStale = false
    this.writing = this.writing.then(() => this.write())
    return this.writing
  }

  /** Writes what is left, and no more: another process may keep the same file from then on. Notes are still taken. */
  giveWay(): Promise<void> {
    const flushed = this.flush()
    // at once: what fails or changes from here on is written by nobody, however often this is closed
    this.mayWrite = false
    return flushed
  }

  /** No other process keeps the file. One may have begun to, so it is written anew. */
  takeBack(): void {
    this.isStale = true
    this.begin()
  }

  /** Gives way for good, and takes no further note. */
  close(): Promise<void> {
    this.options.audit.off('change', this.onChange)
    return this.giveWay()
  }

  private note(change: AuditEntry): void {
    if (change.kind === 'server') this.noteServer(change)
    else this.keep(change)
    this.plan()
  }

  private noteServer(change: AuditEntry): void {
    const { target, was, is } = change
    // what was removed has no settings any more
    if (is === null) this.forget(target)
    const [server, admin] = apart(is)
    const isConfigured = configuredServer(this.config, target) !== undefined
    // to the config it is ready: that it came back otherwise is a change of its own, which `ready` ends
    this.keep({ ...change, is: isConfigured ? server : is })
    if (isConfigured && was === null) this.keep({ ...change, kind: 'admin', is: admin })
    // what was set of it differs from something else now
    for (const entry of this.of(target)) if (entry.kind !== 'server') this.keep({ ...entry, is: entry.value })
  }

  private keep({ kind, target, is, by, at }: Omit<AuditEntry, 'number' | 'was'>): void {
    const key = entryKey({ kind, target })
    const config = kind === 'server' ? this.config : standingConfig(this.config, this.of(target))
    const configured = settingOf(kind).configured(config, target)
    // the latest change stands last
    this.kept.delete(key)
    // an agent says it again
    if (by !== BY_AGENT && configured !== undefined && !isSameValue(configured, is)) {
      this.kept.set(key, { kind, target, configured, value: is, by, at })
    }
  }

  private forget(target: string): void {
    for (const entry of this.of(target)) this.kept.delete(entryKey(entry))
  }

  private of(target: string): readonly StateEntry[] {
    return this.entries.filter((entry) => entry.target === target)
  }

  private plan(delayMs = DEBOUNCE_MS): void {
    if (this.path === undefined) return
    this.isStale = true
    if (!this.mayWrite) return
    const isRetry = delayMs === RETRY_MS
    if (this.isRetry && !isRetry) this.unplan()
    if (this.planned) return
    this.isRetry = isRetry
    this.planned = this.timing.after(delayMs, () => void this.flush())
  }

  private unplan(): void {
    this.planned?.()
    this.planned = undefined
    this.isRetry = false
  }

  private async write(): Promise<void> {
    const { path } = this
    if (path === undefined) return
    const { text, leftOut } = formatState(this.entries)
    if (leftOut > 0 && !this.isOverfull) this.emit('overfull', path, leftOut)
    this.isOverfull = leftOut > 0
    try {
      await writeState(path, text)
      if (this.obstacle !== undefined) this.emit('recovered', path)
      this.obstacle = undefined
    } catch (error) {
      this.failed(path, codeOf(error))
    }
  }

  private failed(path: string, why: string): void {
    if (this.obstacle === undefined) this.emit('failing', path, why)
    this.obstacle = why
    this.plan(RETRY_MS)
  }
}
