/**
 * Where TCP sessions of a worker wait for a server: while their backend is paused, or for as long as its `on_no_server`
 * says. While anybody waits, and only then, the room looks every few milliseconds whether there is a server: nobody
 * needs to tell the workers of a resume, of a server that came back, or of a session that made room on a full one.
 */
import type { WorkerColumn } from '../../core/scoreboard/column.js'
import type { Engine } from '../engine.js'
import type { Routes } from '../routes.js'
import { type Place, type Waiting, WaitingLine } from './waiting-line.js'

/** How late a session may notice that there is a server for it. */
const LOOK_EVERY_MS = 10
/** Sessions of one frontend that leave in one go: then others have their turn of the loop. */
const MOST_AT_ONCE = 32
/** Until servers that could not be reached are tried again, unless the state of one changes. */
const RETRY_MS = 250

export type Entry =
  | { readonly ok: true; readonly place: Place }
  /** It is not the place to wait, or as many wait as may. */
  | { readonly ok: false; readonly why: 'no-server' | 'queue-full' }

export interface Entrant {
  readonly who: Waiting
  /** Row of its frontend. */
  readonly frontend: number
  readonly routes: Routes
  /** When it first had to wait. */
  readonly since: number
  /** The servers that it was given could not be reached. */
  readonly hasFailed: boolean
}

export class WaitingRoom {
  private size = 0
  private isLooking = false
  /** By row of their frontends. */
  private readonly lines = new Map<number, WaitingLine>()

  constructor(
    private readonly engine: Engine,
    private readonly column: WorkerColumn,
  ) {}

  /** Whether somebody of this frontend waits already, and who comes may, too: it must not overtake. */
  hasLine(frontend: number, routes: Routes): boolean {
    return this.size > 0 && this.lines.get(frontend)?.first !== undefined && routes.awaited !== undefined
  }

  /** Whoever waits, now or later, goes by these from now on: also a session that came when there were others. */
  serve(frontend: number, routes: Routes): void {
    this.lineOf(frontend, routes).serve(routes)
  }

  enter({ who, frontend, routes, since, hasFailed }: Entrant): Entry {
    const line = this.lineOf(frontend, routes)
    const backend = line.awaited
    if (!backend) return { ok: false, why: 'no-server' }
    const { id, waiting } = backend.shape
    if (this.column.beginWaiting(id) > waiting.most) {
      this.column.endWaiting(id)
      return { ok: false, why: 'queue-full' }
    }
    if (hasFailed) line.holdBack(this.engine.now() + RETRY_MS)
    this.size++
    this.lookIn(LOOK_EVERY_MS)
    return { ok: true, place: line.add(who, backend, since) }
  }

  leave(place: Place): void {
    place.line.remove(place)
    this.column.endWaiting(place.backend.shape.id)
    this.size--
  }

  private lineOf(frontend: number, routes: Routes): WaitingLine {
    const known = this.lines.get(frontend)
    if (known) return known
    const line = new WaitingLine(routes)
    this.lines.set(frontend, line)
    return line
  }

  private lookIn(delayMs: number): void {
    if (this.isLooking) return
    this.isLooking = true
    this.engine.after(delayMs, () => this.look())
  }

  private look(): void {
    this.isLooking = false
    const now = this.engine.now()
    let hasMore = false
    for (const line of this.lines.values()) {
      if (line.first !== undefined && this.letGo(line, now)) hasMore = true
    }
    if (this.size > 0) this.lookIn(hasMore ? 0 : LOOK_EVERY_MS)
  }

  /** True when there may be more to do at once. */
  private letGo(line: WaitingLine, now: number): boolean {
    for (let i = 0; i < MOST_AT_ONCE; i++) {
      const place = line.first
      if (place === undefined) return false
      const picked = line.pick(now)
      if (picked === undefined && !line.isOverdue(now)) return false
      this.leave(place)
      if (picked === undefined) place.who.giveUp()
      else place.who.proceed(picked)
    }
    return true
  }
}
