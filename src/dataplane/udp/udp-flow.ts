/** One UDP session: a client's datagrams to one server and back, until it has been silent for too long. */
import { formatClient } from '../../core/client-key.js'
import type { FrontendShape, SessionInfo } from '../../core/messages.js'
import type { CloseReason } from '../../core/reasons.js'
import type { CloseRecord } from '../../core/session-line.js'
import { discharge } from '../admission.js'
import { type DatagramFlow, type DatagramPort, type Datagrams, KEY_WORDS } from '../engine.js'
import { FlowCounters } from '../flow-counters.js'
import type { LiveSession } from '../sessions.js'
import type { Picked } from '../worker-backend.js'
import type { WorkerContext } from '../worker-context.js'

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
    batch: Datagrams,
    i: number,
    /** Takes the flow out of its port's table. */
    private readonly onEnd: (flow: UdpFlow) => void,
  ) {
    this.id = context.sessions.nextId()
    this.key = batch.keys.slice(i * KEY_WORDS, (i + 1) * KEY_WORDS)
    this.beganAt = context.engine.now()
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

  /** Opens the socket towards the server. When it fails the caller still holds the server's and the frontend's counts. */
  open(port: DatagramPort, batch: Datagrams, i: number): boolean {
    const { engine, column, sessions } = this.context
    const handlers = { onRefused: () => this.refused() }
    const { source } = this.picked.backend.shape
    const result = engine.openFlow(port, batch, i, this.picked.address, this.counters, handlers, source)
    if (!result.ok) return false
    this.flow = result.flow
    column.countServer(this.picked.slot, 'sessions')
    column.countFrontend(this.shape.id, 'sessions')
    sessions.add(this)
    return true
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
    const { column, sessions, records, engine } = this.context
    this.flow.close()
    this.flow = undefined
    this.onEnd(this)
    sessions.remove(this)
    if (reason === 'killed') column.countServer(this.picked.slot, 'kills')
    column.countServer(this.picked.slot, 'sessionMs', engine.now() - this.beganAt)
    column.leaveServer(this.picked.slot)
    discharge(column, this.shape.id)
    if (records.enabled) records.push(this.record(reason))
  }

  endIfIdle(now: number): void {
    if (now - this.counters.lastAt >= this.picked.backend.shape.udpIdleMs) this.end('idle')
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
      endedAt: engine.wallClock(),
      durationMs: engine.now() - this.beganAt,
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
