/** Sessions of one frontend that wait for a server, whoever waits longest first. */
import type { Routes } from '../routes.js'
import type { Picked, WorkerBackend } from '../worker-backend.js'

export interface Waiting {
  /** A server of these backends for it, entered already. */
  pick(routes: Routes): Picked | undefined
  /** It has this server, and waits no more. */
  proceed(picked: Picked): void
  /** No server came in time. */
  giveUp(): void
}

/** One session's place in a line. */
export interface Place {
  readonly who: Waiting
  readonly line: WaitingLine
  /** For whose servers it counts as waiting. */
  readonly backend: WorkerBackend
  /** When it began to wait, by the engine's clock. */
  readonly since: number
  before: Place | undefined
  behind: Place | undefined
}

export class WaitingLine {
  private head: Place | undefined
  private tail: Place | undefined
  private retryAt = 0
  private failedUnder = 0

  constructor(private routes: Routes) {}

  get first(): Place | undefined {
    return this.head
  }

  /** Whose servers its sessions wait for; undefined when nobody may wait. */
  get awaited(): WorkerBackend | undefined {
    return this.routes.awaited
  }

  /** Goes by these from now on. */
  serve(routes: Routes): void {
    this.routes = routes
  }

  /** By the time since which it waits: who comes back, having found no server that can be reached, keeps its turn. */
  add(who: Waiting, backend: WorkerBackend, since: number): Place {
    let before = this.tail
    while (before !== undefined && before.since > since) before = before.before
    const behind = before === undefined ? this.head : before.behind
    const place: Place = { who, line: this, backend, since, before, behind }
    if (before === undefined) this.head = place
    else before.behind = place
    if (behind === undefined) this.tail = place
    else behind.before = place
    return place
  }

  /** A place that stands in the line. */
  remove({ before, behind }: Place): void {
    if (before === undefined) this.head = behind
    else before.behind = behind
    if (behind === undefined) this.tail = before
    else behind.before = before
  }

  /** Servers that a policy would choose cannot be reached: nobody tries before that time, or before one's state changes. */
  holdBack(until: number): void {
    this.retryAt = until
    this.failedUnder = this.routes.generations
  }

  /** A server for the first of the line; undefined when there is none now. */
  pick(now: number): Picked | undefined {
    if (now < this.retryAt && this.failedUnder === this.routes.generations) return undefined
    return this.head?.who.pick(this.routes)
  }

  /** Whether the first of the line has waited for as long as it may. */
  isOverdue(now: number): boolean {
    return this.head !== undefined && now - this.head.since >= this.routes.patienceMs
  }
}
