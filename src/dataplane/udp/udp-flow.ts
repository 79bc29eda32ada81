/** One UDP session: a client's datagrams to one server and back, until it has been silent for too long. */
import { formatClient } from '../../core/client-key.js'
import type { FrontendShape, SessionInfo } from '../../core/messages.js'
import { type CloseReason, isKill } from '../../core/reasons.js'
import type { CloseRecord } from '../../core/session-line.js'
import { discharge } from '../admission.js'
import type { ConnectError, DatagramFlow, DatagramPort, Datagrams, FlowHandOver } from '../engine.js'
import { FlowCounters } from '../flow-counters.js'
import type { LiveSession } from '../sessions.js'
import type { Picked } from '../worker-backend.js'
import type { WorkerContext } from '../worker-context.js'
import type { FlowRecord } from './flow-record.js'

export class UdpFlow implements LiveSession {
  place = -1
  readonly id: string
  /** The key's words: the flow's place in its port's table. */
  readonly key: Int32Array
  /** The server's host said that nobody listens: the next datagram goes elsewhere. */
  isRefused = false
  private readonly beganAt: number
  private readonly counters: FlowCounters
  private flow: DatagramFlow | undefined

  constructor(
    private readonly context: WorkerContext,
    private readonly shape: FrontendShape,
    readonly picked: Picked,
    key: Int32Array,
    /** Takes the flow out of its port's table. */
    private readonly onEnd: (flow: UdpFlow) => void,
    /** Milliseconds, when it began in another worker. */
    ageMs = 0,
  ) {
    this.id = context.sessions.nextId()
    this.key = key
    this.beganAt = context.engine.now() - ageMs
    this.counters = new FlowCounters(context.column, shape.id, picked.slot, this.beganAt)
  }

  get frontend(): number {
    return this.shape.id
  }
  get backend(): number {
    return this.picked.backend.shape.id
  }
  get server(): number {
    return this.picked.slot
  }

  /** Opens the socket towards the server, or says why not: then the caller still holds the server's and the frontend's counts. */
  open(port: DatagramPort, batch: Datagrams, i: number): ConnectError | undefined {
    const { engine, column, sessions } = this.context
    const handlers = { onRefused: () => this.refused() }
    const { source } = this.picked.backend.shape
    const result = engine.openFlow(port, batch, i, this.picked.address, this.counters, handlers, source)
    if (!result.ok) return result.error
    this.flow = result.flow
    column.countServer(this.picked.slot, 'sessions')
    column.countFrontend(this.shape.id, 'sessions')
    sessions.add(this)
    return undefined
  }

  /** Goes on with a flow of another generation; false when its socket cannot be watched, and is closed. */
  adopt(handOver: FlowHandOver, port: DatagramPort, past: FlowRecord, descriptor: number): boolean {
    const { engine, sessions } = this.context
    this.counters.resume({ ...past, lastAt: engine.now() - past.idleMs })
    const handed = { descriptor, key: this.key, scope: past.scope }
    const result = handOver.adopt(port, handed, this.counters, { onRefused: () => this.refused() })
    if (!result.ok) return false
    this.flow = result.flow
    sessions.add(this)
    return true
  }

  /** For another generation: the socket stays ours until `moved`. Undefined when it has ended meanwhile. */
  passOn(handOver: FlowHandOver): { record: FlowRecord; descriptor: number } | undefined {
    if (!this.flow) return undefined
    const now = this.context.engine.now()
    const { bytesIn, bytesOut, datagramsIn, datagramsOut, lastAt } = this.counters
    const { descriptor, scope } = handOver.handle(this.flow)
    const { backend, name: server } = this.picked
    const times = { ageMs: now - this.beganAt, idleMs: Math.max(0, now - lastAt) }
    const counts = { bytesIn, bytesOut, datagramsIn, datagramsOut }
    return {
      record: { key: [...this.key], scope, backend: backend.shape.name, server, ...times, ...counts },
      descriptor,
    }
  }

  /** Another generation goes on with it: it leaves without an end, and without a record. */
  moved(handOver: FlowHandOver): void {
    if (!this.flow) return
    handOver.letGo(this.flow)
    this.leave()
  }

  private leave(): void {
    const { column, sessions } = this.context
    this.flow = undefined
    this.onEnd(this)
    sessions.remove(this)
    column.leaveServer(this.picked.slot)
    discharge(column, this.shape.id)
  }

  send(batch: Datagrams, i: number): boolean {
    return this.flow?.send(batch, i) ?? false
  }

  private refused(): void {
    this.isRefused = true
    this.context.column.countServer(this.picked.slot, 'udpRefusals')
  }

  end(reason: CloseReason): void {
    if (!this.flow) return
    const { column, records, engine } = this.context
    this.flow.close()
    this.leave()
    if (isKill(reason)) column.countServer(this.picked.slot, 'kills')
    column.countServer(this.picked.slot, 'sessionMs', engine.now() - this.beganAt)
    if (records.enabled) records.push(this.record(reason))
  }

  endIfIdle(now: number): void {
    if (now - this.counters.lastAt >= this.picked.backend.shape.udpIdleMs) this.end('idle')
  }

  /** Whether an answer is owed cannot be told of datagrams. */
  restMs(): undefined {
    return undefined
  }
  closeIfQuiet(): boolean {
    return false
  }

  info(now: number): SessionInfo {
    return {
      id: this.id,
      protocol: 'udp',
      frontend: this.shape.name,
      backend: this.picked.backend.shape.name,
      server: this.picked.name,
      client: formatClient(this.key, 0),
      ageMs: Math.round(now - this.beganAt),
      idleMs: Math.max(0, Math.round(now - this.counters.lastAt)),
      bytesIn: this.counters.bytesIn,
      bytesOut: this.counters.bytesOut,
    }
  }

  private record(reason: CloseReason): CloseRecord {
    const { engine } = this.context
    return {
      id: this.id,
      protocol: 'udp',
      frontend: this.shape.name,
      backend: this.picked.backend.shape.name,
      server: this.picked.name,
      client: formatClient(this.key, 0),
      reason,
      cancel: undefined,
      endedAt: engine.wallClock(),
      durationMs: engine.now() - this.beganAt,
      waitMs: undefined,
      connectMs: undefined,
      retries: 0,
      bytesIn: this.counters.bytesIn,
      bytesOut: this.counters.bytesOut,
      datagramsIn: this.counters.datagramsIn,
      datagramsOut: this.counters.datagramsOut,
      detail: undefined,
    }
  }
}
