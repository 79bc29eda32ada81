/**
 * The listening sockets of the linux engine: opened (or taken over from a predecessor) and kept by control, one
 * SO_REUSEPORT socket for each worker, so that a worker that dies refuses nobody: its queue waits for its successor. A
 * unix socket cannot be shared: it belongs to the first worker.
 */
import { type Address, formatListenAddress, type InetAddress } from '../../core/address.js'
import type { FlowLinkEnd, FrontendShape, ListenerShape, Shape } from '../../core/messages.js'
import { fromRawAddress, type RawAddress, toRawAddress } from '../../core/raw-address.js'
import { close } from '../../native/libc.js'
import { type OpenedSocket, openDatagramSocket, openListeningSocket } from '../../native/listening-socket.js'
import { BindError } from './bind-error.js'
import { listenerKey } from './listener-key.js'

/** A bound socket as one control plane hands it to the next, or an init system to the first. */
export interface HandedSocket {
  /** What the successor knows it by: see listener-key.ts. */
  readonly listener: string
  readonly protocol: 'tcp' | 'udp'
  /** With the real port where 0 was asked for. */
  readonly bound: Address
  /** Which of the sockets that share the address. */
  readonly share: number
  readonly descriptor: number
}

/** One configured listener: a socket for each worker, or more where there were more workers once. */
interface Held {
  readonly protocol: 'tcp' | 'udp'
  readonly descriptors: readonly number[]
  /** With the real port where 0 was asked for. */
  readonly address: Address
}

export class ListeningSockets {
  private readonly held = new Map<string, Held>()
  private readonly handed: Map<string, Held>

  /** @param handed taken by the first shape that needs them; what the first shape does not need is closed */
  constructor(
    private readonly workers: number,
    handed: readonly HandedSocket[] = [],
  ) {
    this.handed = byListener(handed)
  }

  /** Opens what the shape needs and is not open yet, or nothing at all: throws BindError. */
  open(shape: Shape): void {
    const opened = new Map<string, Held>()
    try {
      for (const frontend of shape.frontends) {
        for (const listener of frontend.listeners) {
          const key = listenerKey(frontend, listener)
          if (!this.held.has(key) && !opened.has(key)) opened.set(key, this.openAll(frontend, listener))
        }
      }
    } catch (error) {
      for (const [key, held] of opened) if (!this.handed.has(key)) closeAll(held)
      throw error
    }
    for (const [key, held] of opened) {
      this.held.set(key, held)
      this.handed.delete(key)
    }
  }

  /** Closes what the shape does not need any more. Workers have their own copies: call it when they let go of them. */
  closeUnneeded(shape: Shape): void {
    const needed = new Set(
      shape.frontends.flatMap((frontend) => frontend.listeners.map((at) => listenerKey(frontend, at))),
    )
    for (const [key, held] of this.held) {
      if (needed.has(key)) continue
      closeAll(held)
      this.held.delete(key)
    }
    this.closeHanded()
  }

  closeAll(): void {
    for (const held of this.held.values()) closeAll(held)
    this.held.clear()
    this.closeHanded()
  }

  private closeHanded(): void {
    for (const held of this.handed.values()) closeAll(held)
    this.handed.clear()
  }

  /** Everything that is held, for a successor. */
  list(): readonly HandedSocket[] {
    return [...this.held].flatMap(([listener, { protocol, address, descriptors }]) =>
      descriptors.map((descriptor, share) => ({ listener, protocol, bound: address, share, descriptor })),
    )
  }

  /** The workers have copies of their own. */
  closeLinks(links: readonly FlowLinkEnd[]): void {
    for (const { descriptor } of links) close(descriptor)
  }

  /** The shape for somebody who does the work of these workers: one's own, and those that it stands in for. */
  shapeFor(workers: readonly number[], shape: Shape): Shape {
    return {
      ...shape,
      frontends: shape.frontends.map((frontend) => ({
        ...frontend,
        listeners: frontend.listeners.flatMap((listener) => this.sharesOf(frontend, listener, workers)),
      })),
    }
  }

  private sharesOf(frontend: FrontendShape, listener: ListenerShape, workers: readonly number[]): ListenerShape[] {
    const held = this.held.get(listenerKey(frontend, listener))
    if (!held) return []
    const shares = new Set(workers.flatMap((worker) => this.sharesOfWorker(held, worker)))
    return [...shares].flatMap((share) => {
      const descriptor = held.descriptors[share]
      return descriptor === undefined ? [] : [{ ...listener, address: held.address, share, descriptor }]
    })
  }

  /**
   * Shares beyond the number of workers are dealt out as well: closing one would reset the connections that wait in it.
   * Where there are fewer, TCP workers accept from the same socket; a UDP socket has one reader, who knows its flows.
   */
  private sharesOfWorker({ protocol, address, descriptors: { length } }: Held, worker: number): number[] {
    if (worker >= length) return protocol === 'tcp' && address.family !== 'unix' ? [worker % length] : []
    return Array.from({ length: Math.ceil((length - worker) / this.workers) }, (_, i) => worker + i * this.workers)
  }

  private openAll(frontend: FrontendShape, listener: ListenerShape): Held {
    const handed = this.handed.get(listenerKey(frontend, listener))
    if (handed) return this.topUp(frontend, listener, handed)
    const name = `${formatListenAddress(listener.protocol, listener.address)} of frontend ${frontend.name}`
    if (!this.isPortHeld(listener)) refuseIfTaken(name, frontend, listener)
    const first = openOne(frontend, listener, toRawAddress(listener.address))
    if (!first.ok) throw new BindError(name, first.code)
    const descriptors = [first.descriptor]
    const count = listener.address.family === 'unix' ? 1 : this.workers
    while (descriptors.length < count) {
      const next = openOne(frontend, listener, first.address)
      if (!next.ok) {
        closeAll({ descriptors })
        throw new BindError(name, next.code)
      }
      descriptors.push(next.descriptor)
    }
    return { protocol: listener.protocol, descriptors, address: fromRawAddress(first.address) }
  }

  /**
   * By ourselves, at an address that includes this one or is included: 127.0.0.1 becomes 0.0.0.0, or [::] gives up IPv4
   * to it. Both are open until every worker has changed over.
   */
  private isPortHeld({ protocol, address }: ListenerShape): boolean {
    return [...this.held.values()].some((held) => held.protocol === protocol && overlaps(held.address, address))
  }

  /**
   * There are more workers than sockets now. A further UDP socket would take flows away from the others (of 300 clients
   * a fifth one moved 157), and a socket that somebody else opened (systemd) may not let us share its port.
   */
  private topUp(frontend: FrontendShape, listener: ListenerShape, handed: Held): Held {
    const { protocol, address } = handed
    if (protocol === 'udp' || address.family === 'unix') return handed
    const descriptors = [...handed.descriptors]
    while (descriptors.length < this.workers) {
      const next = openOne(frontend, listener, toRawAddress(address))
      if (!next.ok) break
      descriptors.push(next.descriptor)
    }
    return { ...handed, descriptors }
  }
}

function overlaps(one: Address, other: Address): boolean {
  if (one.family === 'unix' || other.family === 'unix' || one.port !== other.port) return false
  return isAnyAddress(one) || isAnyAddress(other)
}

/** SO_REUSEPORT would let two daemons of one user share a port in silence: try without it first. */
function refuseIfTaken(name: string, frontend: FrontendShape, listener: ListenerShape): void {
  const { address } = listener
  if (address.family === 'unix' || address.port === 0) return
  const trial = openOne(frontend, listener, toRawAddress(address), false)
  if (!trial.ok) throw new BindError(name, trial.code)
  close(trial.descriptor)
}

function openOne(
  { backlog }: FrontendShape,
  { protocol, ipv6Only = false }: ListenerShape,
  address: RawAddress,
  reusePort = true,
): OpenedSocket {
  const options = { reusePort, ipv6Only, backlog }
  return protocol === 'tcp' ? openListeningSocket(address, options) : openDatagramSocket(address, options)
}

function isAnyAddress(address: Address): address is InetAddress {
  return address.family !== 'unix' && (address.host === '::' || address.host === '0.0.0.0')
}

function closeAll({ descriptors }: Pick<Held, 'descriptors'>): void {
  for (const descriptor of descriptors) close(descriptor)
}

/** Shares of one listener come together, in their order. */
function byListener(sockets: readonly HandedSocket[]): Map<string, Held> {
  const listeners = new Map<string, Held>()
  for (const { listener, protocol, bound, descriptor } of [...sockets].sort((a, b) => a.share - b.share)) {
    const descriptors = [...(listeners.get(listener)?.descriptors ?? []), descriptor]
    listeners.set(listener, { protocol, descriptors, address: bound })
  }
  return listeners
}
