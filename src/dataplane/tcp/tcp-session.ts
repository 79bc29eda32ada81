/**
 * One TCP session from accept to its close record: choose, connect (with retries on other servers), relay, count.
 * States: connecting → relaying → over, and waiting before the first or, when every connect failed, after it; `end`
 * works in each. Where the frontend speaks postgres its client is listened to first.
 */
import { CLIENT_WORDS, writeClientWords } from '../../core/client-key.js'
import type { FrontendShape, SessionInfo } from '../../core/messages.js'
import { type CloseReason, type ConnectFailure, isKill } from '../../core/reasons.js'
import type { ServerCounter } from '../../core/scoreboard/counters.js'
import type { CloseRecord } from '../../core/session-line.js'
import { discharge } from '../admission.js'
import type { Cancel, ConnectError, ConnectResult, Judge, Relay, RelayEnd, Stream } from '../engine.js'
import { FlowCounters } from '../flow-counters.js'
import { type Errand, PostgresSession } from '../postgres/postgres-session.js'
import type { Routes } from '../routes.js'
import type { LiveSession } from '../sessions.js'
import type { Picked, WorkerBackend } from '../worker-backend.js'
import type { WorkerContext } from '../worker-context.js'
import { Idleness } from './idleness.js'
import { Retries } from './retries.js'
import { infoOf, recordOf, type SessionFacts } from './session-facts.js'
import { SessionWait } from './session-wait.js'
import type { Waiting } from './waiting-line.js'

const FAILURE_COUNTER = {
  refused: 'connectRefused',
  timeout: 'connectTimeouts',
  unreachable: 'connectUnreachable',
  error: 'connectErrors',
} as const satisfies Record<ConnectFailure, ServerCounter>

const NO_WORDS = new Int32Array(CLIENT_WORDS)
const scratch = new Int32Array(CLIENT_WORDS)

/** Of a client that waits: whoever has sent more is not looked at. */
const MOST_PEEKED = 2_048
/** A client that ends its side while it waits has given up: libraries close the socket when their time to connect is over. */
const whetherEnded: Judge<true> = (_, hasEnded) => hasEnded || undefined

type Unserved = { readonly reason: CloseReason; readonly detail: string | undefined }

export class TcpSession implements LiveSession, Waiting {
  place = -1
  readonly id: string
  private readonly beganAt: number
  /** A server is looked for since then: a postgres client's silence before its first packet is not the server's. */
  private soughtAt: number
  private picked: Picked | undefined
  private wait: SessionWait | undefined
  private retries: Retries | undefined
  private cancelConnect: Cancel | undefined
  private connectMs: number | undefined
  private counters: FlowCounters | undefined
  private relay: Relay | undefined
  private idleness: Idleness | undefined
  private readonly postgres: PostgresSession | undefined
  /** Set by `end`: why the relay will be over. */
  private endReason: CloseReason | undefined

  constructor(
    private readonly context: WorkerContext,
    private readonly shape: FrontendShape,
    private readonly routes: Routes,
    private readonly client: Stream,
  ) {
    this.id = context.sessions.nextId()
    this.beganAt = context.engine.now()
    this.soughtAt = this.beganAt
    if (shape.speaks === 'postgres') this.postgres = new PostgresSession(context, shape, routes)
  }

  get frontend(): number {
    return this.shape.id
  }
  get backend(): number | undefined {
    return this.to?.shape.id
  }
  private get to(): WorkerBackend | undefined {
    return this.picked?.backend ?? this.wait?.place?.backend ?? this.routes.only
  }
  get server(): number | undefined {
    return this.picked?.slot
  }

  /** The session has been admitted; from here on it discharges itself. */
  begin(): void {
    this.context.sessions.add(this)
    this.client.onGone = () => this.clientLeft()
    if (this.postgres) this.postgres.begin(this.client, (errand) => this.goOn(errand))
    else this.choose()
  }

  private goOn(errand: Errand): void {
    this.soughtAt = this.context.engine.now()
    switch (errand.for) {
      case 'any-server':
        return this.choose()
      case 'server':
        return this.connect(errand.picked)
      case 'all-servers':
        return errand.spread.ok ? this.answered() : this.unserved(errand.spread)
      case 'nothing':
        return this.gaveUp()
    }
  }

  private choose(): void {
    const mustQueue = this.context.waitingRoom.hasLine(this.shape.id, this.routes)
    const picked = mustQueue ? undefined : this.pick(this.routes)
    if (picked) this.connect(picked)
    else this.awaitServer()
  }

  pick(routes: Routes): Picked | undefined {
    return routes.pick(this.clientWords(routes.keyed), 0)
  }

  /** Unless it may not wait. @param failure of the last server that it tried */
  private awaitServer(failure?: ConnectError): void {
    // no other server could cancel what its own one runs
    if (this.postgres?.cancelled) return this.unserved(whyUnserved(failure))
    const { engine, waitingRoom, column } = this.context
    const { shape, routes } = this
    const now = engine.now()
    const wait = this.wait ?? new SessionWait(now)
    const hasFailed = failure !== undefined
    const entry = waitingRoom.enter({ who: this, frontend: shape.id, routes, since: wait.since, hasFailed })
    if (entry.ok) {
      this.picked = undefined
      this.retries?.beginAnew()
      this.wait = wait
      const stopLooking = engine.peek(this.client, MOST_PEEKED, whetherEnded, () => this.gaveUp())
      return wait.begin(entry.place, failure, now, stopLooking)
    }
    if (entry.why === 'queue-full') {
      column.countFrontend(shape.id, 'refusedQueueFull')
      this.refuse('queue-full')
    } else this.unserved(whyUnserved(failure))
  }

  private unserved({ reason, detail }: Unserved): void {
    const counter = reason === 'no-server' ? 'refusedNoServer' : 'refusedConnect'
    this.context.column.countFrontend(this.shape.id, counter)
    this.refuse(reason, detail)
  }

  /** All servers have had its CancelRequest. */
  private answered(): void {
    this.client.close()
    this.over('done')
  }

  proceed(picked: Picked): void {
    this.wait?.end(this.context.engine.now())
    this.connect(picked)
  }

  giveUp(): void {
    this.wait?.end(this.context.engine.now())
    this.context.column.countFrontend(this.shape.id, 'refusedWaitTimeout')
    this.refuse('wait-timeout', this.wait?.failure?.code)
  }

  private connect(picked: Picked): void {
    this.picked = picked
    const onDone = (result: ConnectResult) => {
      this.cancelConnect = undefined
      if (result.ok) this.connected(result.server, picked)
      else this.connectFailed(result.error, picked)
    }
    const { connectOptions } = picked.backend
    this.cancelConnect = this.context.engine.connect(picked.address, connectOptions, onDone, this.client)
  }

  private connectFailed(error: ConnectError, picked: Picked): void {
    const { column } = this.context
    column.countServer(picked.slot, FAILURE_COUNTER[error.failure])
    column.leaveServer(picked.slot)
    this.retries ??= new Retries()
    this.retries.count++
    const next = this.pickNext(picked)
    if (next) {
      column.countServer(picked.slot, 'redispatches')
      return this.connect(next)
    }
    this.awaitServer(error)
  }

  private pickNext(picked: Picked): Picked | undefined {
    if (this.postgres?.cancelled) return undefined
    this.retries ??= new Retries()
    return this.retries.next(this.routes, picked, (keyed) => this.clientWords(keyed))
  }

  /** To be used before anybody else asks for its own. */
  private clientWords(keyed = false): Int32Array {
    if (!keyed && !this.routes.keyed) return NO_WORDS
    writeClientWords(this.client.peer, scratch, 0)
    return scratch
  }

  private connected(server: Stream, { slot, backend }: Picked): void {
    const { engine, column } = this.context
    const now = engine.now()
    this.client.onGone = undefined
    const waitMs = this.wait?.ms(now) ?? 0
    this.connectMs = now - this.soughtAt - waitMs
    if (this.wait) column.countBackend(backend.shape.id, 'waited')
    if (this.wait) column.countBackend(backend.shape.id, 'waitMs', waitMs)
    column.countServer(slot, 'sessions')
    column.countServer(slot, 'connectMs', this.connectMs)
    column.countFrontend(this.shape.id, 'sessions')
    this.counters = new FlowCounters(column, this.shape.id, slot, now)
    const onEnd = (end: RelayEnd) => this.relayEnded(end)
    this.relay = engine.relay(this.client, server, this.counters, onEnd, this.postgres?.watches(slot))
  }

  private relayEnded(end: RelayEnd): void {
    const { column, engine } = this.context
    const reason = this.reasonOf(end)
    if (this.picked) {
      const { slot } = this.picked
      if (reason === 'client-reset') column.countServer(slot, 'clientAborts')
      if (reason === 'server-reset') column.countServer(slot, 'serverAborts')
      if (isKill(reason)) column.countServer(slot, 'kills')
      if (end.how === 'closed' && end.by === 'server') column.countServer(slot, 'serverCloses')
      column.countServer(slot, 'sessionMs', engine.now() - this.beganAt)
      column.leaveServer(slot)
    }
    const isEmpty = this.counters !== undefined && this.counters.bytesIn + this.counters.bytesOut === 0
    if (isEmpty) column.countFrontend(this.shape.id, 'empty')
    this.over(reason, end.how === 'reset' ? end.code : undefined, isEmpty && !this.shape.logEmpty)
  }

  private reasonOf(end: RelayEnd): CloseReason {
    if (this.endReason) return this.endReason
    if (end.how === 'closed') return 'done'
    if (end.how === 'ended') return 'engine-error'
    return end.by === 'client' ? 'client-reset' : 'server-reset'
  }

  /** The client has ended its side before anybody served it. */
  private gaveUp(): void {
    this.client.close()
    this.clientLeft()
  }

  private clientLeft(): void {
    this.abandon()
    this.context.column.countFrontend(this.shape.id, 'clientGone')
    // it cannot have sent a byte that anybody read: a port scan, as a rule
    this.over('client-gone', undefined, !this.shape.logEmpty)
  }

  /** It neither connects nor waits any more. */
  private abandon(): void {
    this.cancelConnect?.()
    this.cancelConnect = undefined
    if (this.picked) this.context.column.leaveServer(this.picked.slot)
    if (this.wait?.place) this.context.waitingRoom.leave(this.wait.place)
    this.wait?.end(this.context.engine.now())
  }

  /** The session was not admitted: it never counted as alive, and leaves a record. */
  turnAway(reason: 'frontend-limit' | 'global-limit'): void {
    this.client.reset()
    if (this.context.records.enabled) this.context.records.push(this.record(reason, undefined))
  }

  /** A reset, not a quiet close: a client library then knows at once that nobody served it. */
  private refuse(reason: CloseReason, detail?: string): void {
    this.client.reset()
    this.over(reason, detail)
  }

  private over(reason: CloseReason, detail?: string, silent = false): void {
    const { column, sessions, records } = this.context
    this.client.onGone = undefined
    this.postgres?.end()
    sessions.remove(this)
    discharge(column, this.shape.id)
    if (records.enabled && !silent) records.push(this.record(reason, detail))
  }

  end(reason: CloseReason): void {
    if (this.relay) {
      this.endReason ??= reason
      this.relay.end()
    } else if (this.picked && isKill(reason) && reason !== 'killed') this.moveOn(this.picked)
    else {
      const isWaiting = this.wait?.place !== undefined
      this.abandon()
      this.context.column.countFrontend(this.shape.id, isWaiting ? 'refusedNoServer' : 'refusedConnect')
      this.refuse(reason)
    }
  }

  /** The server that it still connects to should not take it any more. */
  private moveOn(picked: Picked): void {
    this.abandon()
    const next = this.pickNext(picked)
    if (next) this.connect(next)
    else this.awaitServer()
  }

  endIfIdle(now: number): void {
    if (!this.relay || !this.counters || !this.picked) return
    const { clientIdleMs } = this.shape
    const { serverIdleMs } = this.picked.backend.shape
    if (clientIdleMs === 0 && serverIdleMs === 0) return
    this.idleness ??= new Idleness(this.relay, this.counters)
    const silent = this.idleness.blamed(clientIdleMs, serverIdleMs, now)
    if (silent) this.end(`${silent}-idle`)
  }

  /** While the client spoke last it waits for the server, however long that takes. */
  restMs(now: number): number | undefined {
    return !this.counters || this.counters.lastFrom === 'client' ? undefined : now - this.counters.lastAt
  }

  closeIfQuiet(reason: CloseReason): boolean {
    if (!this.relay || this.endReason) return false
    this.endReason = reason
    if (this.relay.closeIfQuiet()) return true
    this.endReason = undefined
    return false
  }

  info(now: number): SessionInfo {
    return infoOf(this.facts, now)
  }

  private record(reason: CloseReason, detail: string | undefined): CloseRecord {
    return recordOf(this.facts, reason, detail, this.context.engine)
  }

  private get facts(): SessionFacts {
    const { id, shape, to, picked, client, beganAt, wait, connectMs, retries, counters, postgres } = this
    return {
      id,
      frontend: shape.name,
      backend: to?.shape.name,
      server: picked?.name,
      client: client.peer,
      beganAt,
      wait,
      connectMs,
      retries: retries?.count ?? 0,
      counters,
      cancel: postgres?.cancelled,
    }
  }
}

function whyUnserved(failure: ConnectError | undefined): Unserved {
  return failure
    ? { reason: `connect-${failure.failure}`, detail: failure.code }
    : { reason: 'no-server', detail: undefined }
}
