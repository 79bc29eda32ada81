/** A bound UDP socket: datagrams come in batches, replies of its flows leave through it. */
import type { Address } from '../../core/address.js'
import { toRawAddress } from '../../core/raw-address.js'
import { EPOLLIN, SO_RCVBUF, SO_SNDBUF, SOL_SOCKET } from '../../native/constants.js'
import { errnoName } from '../../native/errno-name.js'
import { close } from '../../native/libc.js'
import { describeDatagrams, openDatagramSocket } from '../../native/listening-socket.js'
import { kernelDrops, localAddress, setNonBlocking, setOption } from '../../native/socket-options.js'
import type { DatagramHandlers, DatagramPort, ListenAt, ListenResult } from '../engine.js'
import { type EventLoop, Watched } from './event-loop.js'
import type { ReceivedDatagrams } from './received-datagrams.js'
import type { Replies, ReplyPort } from './replies.js'
import { fromSocketAddress } from './socket-address.js'

/** Asked for; the kernel cuts it to net.core.rmem_max and wmem_max: socket(7). */
export const BUFFER_BYTES = 8 * 1024 * 1024

/** What all ports and flows of an engine share. */
export interface DatagramMeans {
  readonly loop: EventLoop
  readonly received: ReceivedDatagrams
  readonly replies: Replies
}

export function bindDatagram(
  means: DatagramMeans,
  at: ListenAt,
  handlers: DatagramHandlers,
): ListenResult<DatagramPort> {
  const opened = openPort(at)
  if (!opened.ok) return opened
  const { descriptor, address } = opened.bound
  prepare(descriptor)
  const port = new LinuxDatagramPort(means, descriptor, address, handlers)
  const error = means.loop.watch(port, EPOLLIN)
  if (error === 0) return { ok: true, bound: port }
  close(descriptor)
  return { ok: false, code: errnoName(error) }
}

function openPort({
  address,
  ipv6Only = false,
  descriptor,
}: ListenAt): ListenResult<{ descriptor: number; address: Address }> {
  if (descriptor !== undefined) {
    const bound = localAddress(descriptor)
    if (!bound) return { ok: false, code: 'ENOTSOCK' }
    setNonBlocking(descriptor)
    // it may come from systemd, which has not asked
    describeDatagrams(descriptor, bound)
    return { ok: true, bound: { descriptor, address: fromSocketAddress(bound) } }
  }
  if (address.family === 'unix') return { ok: false, code: 'EAFNOSUPPORT' }
  const opened = openDatagramSocket(toRawAddress(address), { reusePort: false, ipv6Only })
  if (!opened.ok) return opened
  return { ok: true, bound: { descriptor: opened.descriptor, address: fromSocketAddress(opened.address) } }
}

function prepare(fd: number): void {
  setOption(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES)
  setOption(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES)
}

/** Level-triggered: one batch a turn, so that a flood on one port leaves room for the others. */
export class LinuxDatagramPort extends Watched implements DatagramPort, ReplyPort {
  readonly isIpv6: boolean
  /** Those of a reader before us are not ours to count. */
  private drops: number

  constructor(
    private readonly means: DatagramMeans,
    fd: number,
    readonly address: Address,
    private readonly handlers: DatagramHandlers,
  ) {
    super(fd)
    this.isIpv6 = address.family === 6
    this.drops = kernelDrops(fd)
  }

  onEvents(): void {
    const { received, loop } = this.means
    received.receive(this.fd)
    loop.gathering.note(received.count)
    if (received.drops !== undefined) this.noteDrops(received.drops)
    if (received.count > 0) this.handlers.onDatagrams(received)
  }

  /** @param total drops since the socket was opened, modulo 2^32, at the time when a datagram came */
  private noteDrops(total: number): void {
    // a datagram that has waited since before we came tells of fewer than we know of
    const more = (total - this.drops) | 0
    if (more <= 0) return
    this.drops = total
    this.handlers.onKernelDrops(more)
  }

  onRepliesLost(count: number): void {
    this.handlers.onRepliesLost(count)
  }

  close(): void {
    if (this.fd < 0) return
    this.means.replies.flush()
    this.means.loop.closeShared(this)
  }
}

/** Narrows a port to the engine's own. */
export function ownPort(port: DatagramPort): LinuxDatagramPort {
  if (port instanceof LinuxDatagramPort) return port
  throw new TypeError('linux engine: not a port of this engine')
}
