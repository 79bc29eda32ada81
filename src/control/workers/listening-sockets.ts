/**
 * The listening sockets of the linux engine: opened and kept by control, one SO_REUSEPORT socket for each worker, so that
 * a worker that dies refuses nobody: its queue waits for its successor. A unix socket cannot be shared: it belongs to
 * the first worker.
 */
import { type Address, formatAddress } from '../../core/address.js'
import type { FrontendShape, ListenerShape, Shape } from '../../core/messages.js'
import { fromRawAddress, type RawAddress, toRawAddress } from '../../core/raw-address.js'
import { close } from '../../native/libc.js'
import { type OpenedSocket, openDatagramSocket, openListeningSocket } from '../../native/listening-socket.js'
import { BindError } from './bind-error.js'

/** One configured listener: a socket for each worker. */
interface Held {
  readonly descriptors: readonly number[]
  /** With the real port where 0 was asked for. */
  readonly address: Address
}

export class ListeningSockets {
  private held = new Map<string, Held>()

  constructor(private readonly workers: number) {}

  /** Opens what the shape needs and is not open yet, or nothing at all: throws BindError. */
  open(shape: Shape): void {
    const opened = new Map<string, Held>()
    try {
      for (const frontend of shape.frontends) {
        for (const listener of frontend.listeners) {
          const key = keyOf(frontend, listener)
          if (!this.held.has(key) && !opened.has(key)) opened.set(key, this.openAll(frontend, listener))
        }
      }
    } catch (error) {
      for (const held of opened.values()) closeAll(held)
      throw error
    }
    for (const [key, held] of opened) this.held.set(key, held)
  }

  /** Closes what the shape does not need any more. Workers have their own copies: call it when they let go of them. */
  closeUnneeded(shape: Shape): void {
    const needed = new Set(shape.frontends.flatMap((frontend) => frontend.listeners.map((at) => keyOf(frontend, at))))
    for (const [key, held] of this.held) {
      if (needed.has(key)) continue
      closeAll(held)
      this.held.delete(key)
    }
  }

  closeAll(): void {
    for (const held of this.held.values()) closeAll(held)
    this.held.clear()
  }

  /**
   * The shape for a worker that holds these shares of every address: its own, and those that it keeps for workers that
   * are away.
   */
  shapeFor(shares: readonly number[], shape: Shape): Shape {
    return {
      ...shape,
      frontends: shape.frontends.map((frontend) => ({
        ...frontend,
        listeners: frontend.listeners.flatMap((listener) => this.sharesOf(frontend, listener, shares)),
      })),
    }
  }

  private sharesOf(frontend: FrontendShape, listener: ListenerShape, shares: readonly number[]): ListenerShape[] {
    const held = this.held.get(keyOf(frontend, listener))
    return shares.flatMap((share) => {
      const descriptor = held?.descriptors[share]
      return held && descriptor !== undefined ? [{ ...listener, address: held.address, share, descriptor }] : []
    })
  }

  private openAll(frontend: FrontendShape, listener: ListenerShape): Held {
    const name = `${listener.protocol}://${formatAddress(listener.address)} of frontend ${frontend.name}`
    refuseIfTaken(name, frontend, listener)
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
    return { descriptors, address: fromRawAddress(first.address) }
  }
}

/** SO_REUSEPORT would let two daemons of one user share a port in silence: try without it first. */
function refuseIfTaken(name: string, frontend: FrontendShape, { protocol, address }: ListenerShape): void {
  if (address.family === 'unix' || address.port === 0) return
  const options = { reusePort: false, backlog: frontend.backlog }
  const raw = toRawAddress(address)
  const trial = protocol === 'tcp' ? openListeningSocket(raw, options) : openDatagramSocket(raw, options)
  if (!trial.ok) throw new BindError(name, trial.code)
  close(trial.descriptor)
}

function openOne({ backlog }: FrontendShape, { protocol }: ListenerShape, address: RawAddress): OpenedSocket {
  const options = { reusePort: true, backlog }
  return protocol === 'tcp' ? openListeningSocket(address, options) : openDatagramSocket(address, options)
}

function closeAll({ descriptors }: Pick<Held, 'descriptors'>): void {
  for (const descriptor of descriptors) close(descriptor)
}

function keyOf({ id }: FrontendShape, { protocol, address }: ListenerShape): string {
  return `${id} ${protocol} ${formatAddress(address)}`
}
