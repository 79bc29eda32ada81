/** A connected UDP socket towards one server, for one client; a refusal by the server comes back on it. */
import type { Address } from '../../core/address.js'
import {
  EPOLLIN,
  MSG_NOSIGNAL,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_SOCKET,
} from '../../native/constants.js'
import { EAFNOSUPPORT, ECONNREFUSED, errnoName } from '../../native/errno-name.js'
import { bind, close, connect, errno, type Pointer, recv, send, socket } from '../../native/libc.js'
import { setOption } from '../../native/socket-options.js'
import { connectError } from '../connect-failure.js'
import {
  type DatagramFlow,
  type Datagrams,
  type FlowHandlers,
  type FlowHandOver,
  type FlowResult,
  KEY_WORDS,
} from '../engine.js'
import type { FlowCounters } from '../flow-counters.js'
import { BUFFER_BYTES, type DatagramMeans, type LinuxDatagramPort, ownPort } from './datagram-port.js'
import { Watched } from './event-loop.js'
import { openFlowLink } from './flow-link.js'
import { PAYLOAD_BYTES } from './message-slots.js'
import type { ReceivedDatagrams } from './received-datagrams.js'
import { ReplyAddress } from './reply-address.js'
import { encodedAddress } from './socket-address.js'

/** Most replies read from one flow in a turn. */
const LARGEST_BURST = 16

export interface FlowRequest {
  readonly port: LinuxDatagramPort
  readonly received: ReceivedDatagrams
  readonly i: number
  readonly to: Address
  readonly counters: FlowCounters
  readonly handlers: FlowHandlers
  readonly source: Address | undefined
}

export function openFlow(means: DatagramMeans, request: FlowRequest): FlowResult {
  const fd = openTowards(request.to, request.source)
  if (fd < 0) return { ok: false, error: connectError(errnoName(-fd)) }
  const { port, received, i } = request
  const replyTo = new ReplyAddress(received.keys, i * KEY_WORDS, received.scope(i), port.isIpv6)
  return watchFlow(means, new LinuxFlow(means, fd, port, replyTo, request.counters, request.handlers))
}

/** The flow, or its socket is closed. */
function watchFlow({ loop }: DatagramMeans, flow: LinuxFlow): FlowResult {
  const error = loop.watch(flow, EPOLLIN)
  if (error === 0) return { ok: true, flow }
  close(flow.fd)
  return { ok: false, error: connectError(errnoName(error)) }
}

/** How flows pass between the processes of two generations. */
export function flowHandOver(means: DatagramMeans): FlowHandOver {
  return {
    openLink: (descriptor, handlers) => openFlowLink(means.loop, descriptor, handlers),
    pause: (port) => means.loop.rewatch(ownPort(port), 0),
    resume: (port) => means.loop.rewatch(ownPort(port), EPOLLIN),
    handle: (flow) => ownFlow(flow).handle,
    letGo: (flow) => ownFlow(flow).letGo(),
    discard: (descriptor) => {
      close(descriptor)
      return false
    },
    adopt: (port, { descriptor, key, scope }, counters, handlers) => {
      const to = ownPort(port)
      return watchFlow(
        means,
        new LinuxFlow(means, descriptor, to, new ReplyAddress(key, 0, scope, to.isIpv6), counters, handlers),
      )
    },
  }
}

/** Narrows a flow to the engine's own. */
function ownFlow(flow: DatagramFlow): LinuxFlow {
  if (flow instanceof LinuxFlow) return flow
  throw new TypeError('linux engine: not a flow of this engine')
}

/** A connected socket, or the negative error number. */
function openTowards(to: Address, source: Address | undefined): number {
  if (to.family === 'unix') return -EAFNOSUPPORT
  const { domain, region, length } = encodedAddress(to)
  const fd = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) return -errno()
  setOption(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES)
  setOption(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES)
  if (bindSource(fd, source) && connect(fd, region.address, length) === 0) return fd
  const error = errno()
  close(fd)
  return -error
}

function bindSource(fd: number, source: Address | undefined): boolean {
  if (source === undefined) return true
  const { region, length } = encodedAddress(source)
  return bind(fd, region.address, length) === 0
}

/**
 * Level-triggered: with one reply at a time, the usual case, no second recv is spent to learn that there is no more. The
 * burst grows while each turn leaves something to the next, and shrinks to what was there.
 */
class LinuxFlow extends Watched implements DatagramFlow {
  private burst = 1
  private lastTurn = 0

  constructor(
    private readonly means: DatagramMeans,
    fd: number,
    private readonly port: LinuxDatagramPort,
    private readonly replyTo: ReplyAddress,
    private readonly counters: FlowCounters,
    private readonly handlers: FlowHandlers,
  ) {
    super(fd)
  }

  send(batch: Datagrams, i: number): boolean {
    if (this.fd < 0) return false
    const length = batch.length(i)
    const payload = ownBatch(this.means, batch).payload(i)
    const isSent = send(this.fd, payload, length, MSG_NOSIGNAL) >= 0 || this.sendAgain(payload, length)
    if (isSent) this.counters.datagramFromClient(length, this.means.loop.now())
    return isSent
  }

  /** A refusal of an earlier datagram is told by the next call, which then sends nothing: udp(7). */
  private sendAgain(payload: Pointer, length: number): boolean {
    if (errno() !== ECONNREFUSED) return false
    this.means.loop.later({ run: () => this.refused() })
    return send(this.fd, payload, length, MSG_NOSIGNAL) >= 0
  }

  onEvents(): void {
    const { loop } = this.means
    const burst = loop.turns === this.lastTurn + 1 ? Math.min(this.burst * 2, LARGEST_BURST) : 1
    this.lastTurn = loop.turns
    const got = this.read(burst)
    loop.gathering.note(got)
    this.burst = Math.max(1, got)
  }

  /** Replies that it found, of so many at most. */
  private read(most: number): number {
    const { replies } = this.means
    for (let i = 0; i < most; i++) {
      const got = recv(this.fd, replies.room(this.port), PAYLOAD_BYTES, 0)
      if (got < 0) {
        if (errno() === ECONNREFUSED) this.refused()
        return i
      }
      replies.add(this.replyTo, got, this.counters)
    }
    return most
  }

  private refused(): void {
    if (this.fd >= 0) this.handlers.onRefused()
  }

  get handle(): { descriptor: number; scope: number } {
    return { descriptor: this.fd, scope: this.replyTo.scope }
  }

  letGo(): void {
    if (this.fd >= 0) this.means.loop.closeShared(this)
  }

  close(): void {
    if (this.fd >= 0) this.means.loop.close(this)
  }
}

/** Narrows a batch to the engine's own. */
function ownBatch({ received }: DatagramMeans, batch: Datagrams): ReceivedDatagrams {
  if (batch !== received) throw new TypeError('linux engine: not a batch of this engine')
  return received
}
