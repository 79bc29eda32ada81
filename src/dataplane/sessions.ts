/** All sessions of a worker, oldest first: to be listed, killed and found idle. */
import type { SessionFilter, SessionInfo } from '../core/messages.js'
import type { CloseReason } from '../core/reasons.js'

export interface LiveSession {
  readonly id: string
  readonly frontend: number
  readonly backend: number
  /** Row of the server in the scoreboard; undefined while it waits for one. */
  readonly server: number | undefined
  info(now: number): SessionInfo
  /** Ends it with this reason: a reset to both sides, or silence on UDP. */
  end(reason: CloseReason): void
  /** Ends it if it has been idle for too long. */
  endIfIdle(now: number): void
}

export class Sessions {
  private readonly live = new Set<LiveSession>()
  private count = 0

  constructor(private readonly worker: number) {}

  /** Unique over all workers of one run. */
  nextId(): string {
    return `${this.worker}-${++this.count}`
  }
  get size(): number {
    return this.live.size
  }
  add(session: LiveSession): void {
    this.live.add(session)
  }
  remove(session: LiveSession): void {
    this.live.delete(session)
  }

  list(filter: SessionFilter, limit: number, now: number): SessionInfo[] {
    const found: SessionInfo[] = []
    for (const session of this.live) {
      if (found.length >= limit) break
      if (matches(session, filter)) found.push(session.info(now))
    }
    return found
  }

  /** Returns how many were ended. */
  endAll(filter: SessionFilter, reason: CloseReason): number {
    const chosen = [...this.live].filter((session) => matches(session, filter))
    for (const session of chosen) session.end(reason)
    return chosen.length
  }

  endIdle(now: number): void {
    for (const session of this.live) session.endIfIdle(now)
  }
}

function matches(session: LiveSession, { id, frontend, backend, server }: SessionFilter): boolean {
  return (
    (id === undefined || session.id === id) &&
    (frontend === undefined || session.frontend === frontend) &&
    (backend === undefined || session.backend === backend) &&
    (server === undefined || session.server === server)
  )
}
