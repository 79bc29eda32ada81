/** All sessions of a worker, oldest first: to be listed, killed and found idle. */
import { isClient } from '../core/client-key.js'
import type { IdleClose, Kill, SessionCount, SessionFilter, SessionInfo, SessionListFilter } from '../core/messages.js'
import type { CloseReason } from '../core/reasons.js'
import type { Engine } from './engine.js'
import { GONE, type Member, Roll } from './roll.js'

export interface LiveSession extends Member {
  readonly id: string
  readonly frontend: number
  /** Row in the scoreboard; undefined while it is not chosen between several. */
  readonly backend: number | undefined
  /** Row of the server in the scoreboard; undefined while it waits for one. */
  readonly server: number | undefined
  info(now: number): SessionInfo
  /** Ends it with this reason: a reset to both sides, or silence on UDP. */
  end(reason: CloseReason): void
  /** Ends it if it has been idle for too long. */
  endIfIdle(now: number): void
  /** Milliseconds without a byte; undefined while somebody may owe an answer. */
  restMs(now: number): number | undefined
  /** Ends it in order with this reason, if nothing is under way in it. */
  closeIfQuiet(reason: CloseReason): boolean
}

/** Thousands of sessions are not looked at in one turn, which all others would have to wait for. */
const PARTS = 4
const STEP = 500
/** To end one takes some microseconds. */
const MOST_ENDS = 500

export class Sessions {
  private readonly live = new Roll<LiveSession>()
  private count = 0
  /** Place up to which endIdle has come. */
  private lookedAt = 0
  private onEmpty: (() => void) | undefined

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
    this.live.remove(session)
    if (this.onEmpty !== undefined && this.live.size === 0) this.onEmpty()
  }
  /** To be called back whenever the last one has gone, within its end. */
  whenEmpty(onEmpty: () => void): void {
    this.onEmpty = onEmpty
  }

  list(filter: SessionListFilter, limit: number, now: number): SessionInfo[] {
    const found: SessionInfo[] = []
    this.live.each((session) => {
      if (found.length >= limit || !matches(session, filter)) return
      const info = session.info(now)
      if (matchesInfo(info, filter)) found.push(info)
    })
    return found
  }

  /** Returns how many were ended. */
  endAll(filter: SessionFilter, reason: CloseReason): number {
    let ended = 0
    this.live.each((session) => {
      if (!matches(session, filter)) return
      session.end(reason)
      ended++
    })
    return ended
  }

  /** Returns how many are ended, now or within the time that they are spread over. */
  kill(filter: SessionFilter, { reason, overMs }: Kill, engine: Pick<Engine, 'after'>): number {
    if (overMs === 0) return this.endAll(filter, reason)
    const doomed: LiveSession[] = []
    this.live.each((session) => {
      if (matches(session, filter)) doomed.push(session)
    })
    for (const [i, session] of doomed.entries()) {
      engine.after((i * overMs) / doomed.length, () => {
        // it may have gone on to another server meanwhile
        if (session.place !== GONE && matches(session, filter)) session.end(reason)
      })
    }
    return doomed.length
  }

  countOf(backend: number, idleMs: number, now: number): SessionCount[] {
    const counts = new Map<string, { frontend: number; server: number; live: number; idle: number }>()
    this.live.each((session) => {
      const { frontend, server } = session
      if (session.backend !== backend || server === undefined) return
      const place = `${frontend} ${server}`
      const count = counts.get(place) ?? { frontend, server, live: 0, idle: 0 }
      count.live++
      if (hasRested(session, idleMs, now)) count.idle++
      counts.set(place, count)
    })
    return [...counts.values()]
  }

  /** Returns how many were closed. */
  closeIdle({ frontends, server, idleMs, most }: IdleClose, reason: CloseReason, now: number): number {
    const resting: LiveSession[] = []
    this.live.each((session) => {
      const isMeant = session.server === server && frontends.includes(session.frontend)
      if (isMeant && hasRested(session, idleMs, now)) resting.push(session)
    })
    resting.sort((a, b) => (b.restMs(now) ?? 0) - (a.restMs(now) ?? 0))
    let closed = 0
    for (const session of resting) {
      if (closed >= most) break
      if (session.closeIfQuiet(reason)) closed++
    }
    return closed
  }

  /**
   * Ends who has been idle for too long, among a part of them: four calls look at all. True when so many were that the
   * rest of the part should be looked at soon.
   */
  endIdle(now: number): boolean {
    const places = Math.max(STEP, Math.ceil(this.live.places / PARTS))
    const before = this.live.size
    for (let looked = 0; looked < places; looked += STEP) {
      this.lookedAt = this.live.part(this.lookedAt, STEP, (session) => session.endIfIdle(now))
      if (this.lookedAt === 0) return false
      if (before - this.live.size >= MOST_ENDS) return true
    }
    return false
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

function hasRested(session: LiveSession, idleMs: number, now: number): boolean {
  const restMs = session.restMs(now)
  return restMs !== undefined && restMs >= idleMs
}

/** What only the description of a session tells. */
function matchesInfo(info: SessionInfo, { client, olderThan = 0 }: SessionListFilter): boolean {
  return (client === undefined || isClient(info.client, client)) && info.ageMs >= olderThan
}
