/** The open listeners of a worker, and how a new shape changes them: what is the same stays open, all or nothing. */
import { type Address, formatAddress, formatListenAddress } from '../core/address.js'
import { LANES_OF } from '../core/lane.js'
import type { BackendShape, BoundListener, FlowLinkEnd, FrontendShape, ListenerShape, Shape } from '../core/messages.js'
import { Split } from '../core/split.js'
import type { FlowHandOver, ListenResult } from './engine.js'
import { Routes } from './routes.js'
import { TcpListener } from './tcp/tcp-listener.js'
import type { FlowRecord } from './udp/flow-record.js'
import { sendFlows } from './udp/send-flows.js'
import { takeFlows } from './udp/take-flows.js'
import { UdpListener } from './udp/udp-listener.js'
import { type Picked, type PresentBackend, WorkerBackend } from './worker-backend.js'
import type { WorkerContext } from './worker-context.js'

interface Service {
  readonly shape: FrontendShape
  readonly routes: Routes
}

/** One open listener, TCP or UDP. */
interface Open {
  readonly address: Address
  /** New sessions are made with this from now on: the same frontend as before, or one that took over its address. */
  serve(service: Service): void
  stopAccepting(): void
  close(): void
  /** Of a UDP port, whose flows may pass to another process. */
  readonly udp?: { readonly listener: UdpListener; readonly share: number }
}

export type ConfigureResult =
  | { readonly ok: true; readonly listeners: readonly BoundListener[] }
  | { readonly ok: false; readonly code: string; readonly listener: string }

export class Frontends {
  /** In the order of the shape. */
  private readonly open = new Map<string, { readonly listener: Open; readonly frontend: number }>()

  /** By row in the scoreboard. */
  private presentBackends = new Map<number, PresentBackend>()
  /** Shares whose UDP ports stay unread until the flows of the generation before are here. */
  private readonly awaited = new Set<number>()
  private isAccepting = true

  constructor(private readonly context: WorkerContext) {}

  configure(shape: Shape, onDone: (result: ConfigureResult) => void): void {
    const backends = shape.backends.map((backend) => this.makeBackend(backend))
    const services = servicesOf(shape, backends, this.context)
    if (!this.isAccepting) {
      for (const { listeners } of shape.frontends) for (const listener of listeners) this.discard(listener)
      this.serveOn(services)
      this.present(backends)
      return onDone({ ok: true, listeners: this.listeners() })
    }
    const next = new Map<string, Open>()
    const missing: { key: string; listener: ListenerShape; service: Service }[] = []
    for (const service of services) {
      for (const listener of service.shape.listeners) {
        const key = keyOf(service.shape, listener)
        const present = this.open.get(key)
        if (present) {
          next.set(key, present.listener)
          this.discard(listener)
        } else missing.push({ key, listener, service })
      }
    }
    let waiting = missing.length
    let failure: { code: string; listener: string } | undefined
    const settle = () => {
      if (failure) {
        for (const { key } of missing) next.get(key)?.close()
        onDone({ ok: false, ...failure })
      } else {
        this.adopt(next, services)
        this.present(backends)
        // it was told so while these were bound
        if (!this.isAccepting) this.stopAccepting()
        onDone({ ok: true, listeners: this.listeners() })
      }
    }
    if (waiting === 0) return settle()
    for (const { key, listener, service } of missing) {
      this.bind(listener, service, (result) => {
        if (result.ok) next.set(key, result.bound)
        else failure ??= { code: result.code, listener: nameOf(service.shape, listener) }
        if (--waiting === 0) settle()
      })
    }
  }

  /** A socket that came and is not needed: left open, it would take connections that nobody accepts. */
  private discard({ descriptor }: ListenerShape): void {
    if (descriptor !== undefined) this.context.engine.flowHandOver?.discard(descriptor)
  }

  private adopt(next: Map<string, Open>, services: readonly Service[]): void {
    for (const [key, { listener }] of this.open) if (!next.has(key)) listener.close()
    this.open.clear()
    for (const service of services) {
      this.context.waitingRoom.serve(service.shape.id, service.routes)
      for (const at of service.shape.listeners) {
        const key = keyOf(service.shape, at)
        const listener = next.get(key)
        listener?.serve(service)
        if (listener) this.open.set(key, { listener, frontend: service.shape.id })
      }
    }
  }

  /** No port opens or closes any more, whatever the shape says: UDP ports have their flows. */
  private serveOn(services: readonly Service[]): void {
    for (const service of services) {
      const { id } = service.shape
      this.context.waitingRoom.serve(id, service.routes)
      for (const { listener, frontend } of this.open.values()) if (frontend === id) listener.serve(service)
    }
  }

  private makeBackend(shape: BackendShape): WorkerBackend {
    const { column, random } = this.context
    return new WorkerBackend(shape, column, random, this.presentBackends.get(shape.id))
  }

  /** Sessions that are still looking for a server go by these from now on. */
  private present(backends: readonly WorkerBackend[]): void {
    for (const backend of backends) backend.becomePresent()
    this.presentBackends = new Map(backends.map(({ shape, row }) => [shape.id, row]))
  }

  private bind(at: ListenerShape, service: Service, onBound: (result: ListenResult<Open>) => void): void {
    if (at.protocol === 'tcp') {
      const listener = new TcpListener(this.context, service)
      listener.open(at, (result) => {
        if (!result.ok) return onBound(result)
        const { address } = result.bound
        const close = () => result.bound.close()
        const serve = (to: Service) => listener.serve(to)
        onBound({ ok: true, bound: { address, serve, stopAccepting: close, close } })
      })
    } else {
      const listener = new UdpListener(this.context, service)
      listener.open(at, (result) => {
        if (!result.ok) return onBound(result)
        const { address } = result.bound
        const serve = (to: Service) => listener.serve(to)
        const stopAccepting = () => listener.stopAccepting()
        const { flowHandOver } = this.context.engine
        if (flowHandOver && this.awaited.has(at.share)) listener.pause(flowHandOver)
        const udp = { listener, share: at.share }
        onBound({ ok: true, bound: { address, serve, stopAccepting, close: () => listener.close(), udp } })
      })
    }
  }

  /** Before the first `configure`: the UDP ports of these shares wait for flows that come over the links. */
  takeFlows(handOver: FlowHandOver, links: readonly FlowLinkEnd[]): void {
    for (const { share, descriptor } of links) {
      this.awaited.add(share)
      takeFlows(handOver, descriptor, {
        take: (listener, flow, socket) => this.takeFlow(handOver, listener, flow, socket),
        onEnd: () => this.flowsCame(handOver, share),
      })
    }
  }

  private takeFlow(handOver: FlowHandOver, key: string, flow: FlowRecord, descriptor: number): boolean {
    const port = this.open.get(key)?.listener.udp?.listener
    const picked = this.named(flow.backend, flow.server)
    return port && picked ? port.adopt(handOver, flow, picked, descriptor) : handOver.discard(descriptor)
  }

  private named(backendName: string, serverName: string): Picked | undefined {
    const backend = [...this.presentBackends.values()].find(
      ({ backend }) => backend?.shape.name === backendName,
    )?.backend
    const server = backend?.shape.servers.find(({ name }) => name === serverName)
    if (!backend || !server?.address) return undefined
    return { backend, slot: server.slot, name: server.name, address: server.address }
  }

  private flowsCame(handOver: FlowHandOver, share: number): void {
    if (!this.awaited.delete(share)) return
    for (const port of this.udpPorts(share).values()) port.resume(handOver)
  }

  /** Hands all flows to another generation, and closes the UDP ports. @param onDone how many it took */
  sendFlows(handOver: FlowHandOver, links: readonly FlowLinkEnd[], onDone: (taken: number) => void): void {
    let taken = 0
    let waiting = links.length
    if (waiting === 0) return onDone(0)
    for (const { share, descriptor } of links) {
      sendFlows(handOver, descriptor, this.udpPorts(share), (count) => {
        taken += count
        if (--waiting === 0) onDone(taken)
      })
    }
  }

  private udpPorts(share: number): Map<string, UdpListener> {
    const ports = new Map<string, UdpListener>()
    for (const [key, { listener }] of this.open) {
      if (listener.udp?.share === share) ports.set(key, listener.udp.listener)
    }
    return ports
  }

  private listeners(): BoundListener[] {
    return [...this.open.values()].map(({ frontend, listener: { address } }) => ({ frontend, address }))
  }

  /** Closes every listener; flows end with their port. */
  closeAll(): void {
    for (const { listener } of this.open.values()) listener.close()
    this.open.clear()
  }

  /** TCP listeners close, UDP ports stay for the flows that they have, and from here on no shape opens another one. */
  stopAccepting(): void {
    this.isAccepting = false
    for (const { listener } of this.open.values()) listener.stopAccepting()
  }
}

function servicesOf(shape: Shape, backends: readonly WorkerBackend[], { column, random }: WorkerContext): Service[] {
  const byRow = new Map(backends.map((backend) => [backend.shape.id, backend]))
  return shape.frontends.map((frontend) => {
    const fed = frontend.backends.map((row) => {
      const backend = byRow.get(row)
      if (!backend) throw new Error(`frontend ${frontend.name}: no backend has row ${row}`)
      return backend
    })
    const split = new Split(column.board, frontend.id, frontend.backends, random)
    return { shape: frontend, routes: new Routes(fed, LANES_OF[frontend.role], split, column, frontend.id) }
  })
}

/**
 * What a listener is the same by, also after its frontend was renamed or gave the address to another one. Where any free
 * port was asked for, its frontend tells it from others.
 */
function keyOf({ id }: FrontendShape, { protocol, address, ipv6Only, share }: ListenerShape): string {
  const isAnyPort = address.family !== 'unix' && address.port === 0
  const only = ipv6Only ? ' ipv6 only' : ''
  return `${protocol} ${formatAddress(address)} ${share}${only}${isAnyPort ? ` of ${id}` : ''}`
}

function nameOf(frontend: FrontendShape, { protocol, address }: ListenerShape): string {
  return `${formatListenAddress(protocol, address)} of frontend ${frontend.name}`
}
