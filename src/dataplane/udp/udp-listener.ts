/** One UDP listener of a frontend: finds the flow of each datagram, or opens one. */
import { formatAddress } from '../../core/address.js'
import type { FrontendShape, ListenerShape } from '../../core/messages.js'
import type { FrontendCounter } from '../../core/scoreboard/counters.js'
import { HEALTH_CODE } from '../../core/server-state.js'
import { admit, discharge } from '../admission.js'
import { flowShortage } from '../connect-failure.js'
import {
  type ConnectError,
  type DatagramPort,
  type Datagrams,
  type FlowHandOver,
  KEY_WORDS,
  type ListenResult,
} from '../engine.js'
import type { Routes } from '../routes.js'
import type { Picked } from '../worker-backend.js'
import type { WorkerContext } from '../worker-context.js'
import type { FlowRecord } from './flow-record.js'
import { FlowTable } from './flow-table.js'
import { UdpFlow } from './udp-flow.js'

/** A shortage is told once in this time: in a flood every datagram meets it. */
const SHORTAGE_QUIET_MS = 10_000

/** What new flows are made with; a new configuration replaces it under the open port. */
export interface UdpService {
  readonly shape: FrontendShape
  readonly routes: Routes
}

export class UdpListener {
  private readonly flows: FlowTable<UdpFlow>
  private port: DatagramPort | undefined
  private isAccepting = true
  private quietUntil = Number.NEGATIVE_INFINITY

  constructor(
    private readonly context: WorkerContext,
    private service: UdpService,
  ) {
    this.flows = new FlowTable(context.random)
  }

  /** New flows are made with this from now on. */
  serve(service: UdpService): void {
    this.service = service
  }

  open(at: ListenerShape, onBound: (result: ListenResult<DatagramPort>) => void): void {
    const count = (counter: FrontendCounter) => (by: number) =>
      this.context.column.countFrontend(this.service.shape.id, counter, by)
    const handlers = {
      onDatagrams: (batch: Datagrams) => this.take(batch),
      onKernelDrops: count('kernelDrops'),
      onRepliesLost: count('datagramsDropped'),
    }
    this.context.engine.bindDatagram(at, handlers, (result) => {
      if (result.ok) this.port = result.bound
      onBound(result)
    })
  }

  /** Leaves datagrams where they are until `resume`: flows of another generation come first. */
  pause(handOver: FlowHandOver): void {
    if (this.port) handOver.pause(this.port)
  }
  resume(handOver: FlowHandOver): void {
    if (this.port) handOver.resume(this.port)
  }

  /** Reads no more; every flow, for another generation. */
  handOver(handOver: FlowHandOver): readonly UdpFlow[] {
    this.pause(handOver)
    return this.flows.values()
  }

  /** Goes on with a flow of another generation. It counts where it is alive, and not as a new one. */
  adopt(handOver: FlowHandOver, past: FlowRecord, picked: Picked, descriptor: number): boolean {
    const { column } = this.context
    const { shape } = this.service
    if (!this.port) return handOver.discard(descriptor)
    const key = Int32Array.from(past.key)
    const onEnd = (ended: UdpFlow) => this.flows.delete(ended.key, 0)
    const flow = new UdpFlow(this.context, shape, picked, key, onEnd, past.ageMs)
    if (!flow.adopt(handOver, this.port, past, descriptor)) return false
    column.enterServer(picked.slot)
    column.enterFrontend(shape.id)
    column.enterAll()
    this.flows.set(key, 0, flow)
    return true
  }

  /** Known clients go on, new ones are dropped: what a stopping worker does. */
  stopAccepting(): void {
    this.isAccepting = false
  }

  /** Ends its flows and closes the socket. */
  close(): void {
    for (const flow of this.flows.values()) flow.end('frontend-removed')
    this.port?.close()
    this.port = undefined
  }

  private take(batch: Datagrams): void {
    const { column } = this.context
    const { id } = this.service.shape
    column.countFrontend(id, 'datagramsIn', batch.count)
    for (let i = 0; i < batch.count; i++) {
      const flow = this.flowFor(batch, i)
      if (!flow?.send(batch, i)) column.countFrontend(id, 'datagramsDropped')
    }
  }

  private flowFor(batch: Datagrams, i: number): UdpFlow | undefined {
    const known = this.flows.get(batch.keys, i * KEY_WORDS)
    if (!known) return this.isAccepting ? this.begin(batch, i) : undefined
    return known.isRefused || this.isDown(known) ? this.move(known, batch, i) : known
  }

  private isDown(flow: UdpFlow): boolean {
    return this.context.column.board.server(flow.picked.slot, 'health') === HEALTH_CODE.down
  }

  /** The server serves the client no more: the flow ends and a new one begins elsewhere, unless there is no elsewhere. */
  private move(flow: UdpFlow, batch: Datagrams, i: number): UdpFlow | undefined {
    const picked = this.service.routes.pickAnother(flow.picked, batch.keys, i * KEY_WORDS)
    if (!picked) {
      flow.isRefused = false
      return flow
    }
    flow.end(flow.isRefused ? 'server-refused' : 'server-down')
    return this.begin(batch, i, picked)
  }

  private begin(batch: Datagrams, i: number, chosen?: Picked): UdpFlow | undefined {
    const { column } = this.context
    const { shape, routes } = this.service
    if (admit(column, shape.id) !== 'admitted') {
      if (chosen) column.leaveServer(chosen.slot)
      return undefined
    }
    const picked = chosen ?? routes.pick(batch.keys, i * KEY_WORDS)
    if (!picked || !this.port) {
      discharge(column, shape.id)
      column.countFrontend(shape.id, 'refusedNoServer')
      return undefined
    }
    return this.openFlow(batch, i, picked, this.port)
  }

  private openFlow(batch: Datagrams, i: number, picked: Picked, port: DatagramPort): UdpFlow | undefined {
    const { column } = this.context
    const { shape } = this.service
    const key = batch.keys.slice(i * KEY_WORDS, (i + 1) * KEY_WORDS)
    const flow = new UdpFlow(this.context, shape, picked, key, (ended) => this.flows.delete(ended.key, 0))
    const error = flow.open(port, batch, i)
    if (!error) {
      this.flows.set(key, 0, flow)
      return flow
    }
    this.openFailed(port, picked, error)
    column.leaveServer(picked.slot)
    discharge(column, shape.id)
    column.countFrontend(shape.id, 'refusedConnect')
    return undefined
  }

  /** A shortage of this machine says nothing about the server. */
  private openFailed(port: DatagramPort, picked: Picked, error: ConnectError): void {
    const { column, engine, notify } = this.context
    const shortage = flowShortage(error)
    if (!shortage) return column.countServer(picked.slot, 'connectErrors')
    if (shortage === 'descriptors-exhausted') column.count('descriptorsExhausted')
    const now = engine.now()
    if (now < this.quietUntil) return
    this.quietUntil = now + SHORTAGE_QUIET_MS
    const { backend, name } = picked
    notify(shortage, `flow of ${formatAddress(port.address)} to ${backend.shape.name}/${name}: ${error.code}`)
  }
}
