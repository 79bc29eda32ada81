/** A connected TCP or unix stream socket: what is known of it from its events, and who looks after it. */
import type { Address } from '../../core/address.js'
import type { TcpOptions } from '../../core/messages.js'
import {
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  MSG_PEEK,
} from '../../native/constants.js'
import { EAGAIN } from '../../native/errno-name.js'
import { errno, recv } from '../../native/libc.js'
import { Region } from '../../native/region.js'
import { bytesUnderWay, resetOnClose } from '../../native/socket-options.js'
import type { Stream } from '../engine.js'
import { type EventLoop, Watched } from './event-loop.js'
import type { PeerAddress } from './socket-address.js'
import { applyTcpOptions } from './tcp-options.js'

/** All that a stream ever waits for, asked for once: edge-triggered, so nothing comes twice. */
export const STREAM_EVENTS = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET
/** What the kernel wakes readers with, for each packet: both. */
const BYTE_EVENTS = EPOLLIN | EPOLLPRI
/** More than bytes. */
const OTHER_EVENTS = EPOLLPRI | EPOLLRDHUP | EPOLLERR | EPOLLHUP

/** Who acts on a stream's events: a connect under way, then a relay; nobody while the session only holds it. */
export interface StreamOwner {
  /** The stream's flags have changed. */
  onReady(stream: TcpStream): void
}

const peeked = new Region(1)
/** Most first requests fit: an HTTP request with its cookies, a TLS ClientHello, a PostgreSQL startup packet. */
const AHEAD_BYTES = 4096
const aheadRoom = new Region(AHEAD_BYTES)
const discarded = new Region(4096)
/** Reads at a close: of a peer that sends on, the rest is its own loss. */
const MOST_DISCARDS = 16

export class TcpStream extends Watched implements Stream {
  owner: StreamOwner | undefined
  onGone: (() => void) | undefined
  /** recv may find something: bytes, the end, or an error. */
  isReadable = false
  /** send may take something. */
  isWritable = false
  /** The peer's FIN is in the receive queue, behind the last byte, and nothing is wrong: a short recv reaches it. */
  isFinQueued = false
  /** The end or an error is waiting to be read. */
  isHangingUp = false
  /**
   * A short recv may leave something behind: the end, an error, what follows urgent data or, on a unix socket, whatever
   * follows descriptors or comes with other credentials, unix(7). Read until nothing is there.
   */
  leavesMore: boolean
  /** The socket has an error. */
  hasFailed = false
  /** Number of the error that a look at it has found: the kernel tells an error once, then an end. 0 for none. */
  lostBy = 0
  /** A peek has left bytes in it: the kernel would make a reset of a close over them (RFC 1122, 4.2.2.13). */
  wasPeeked = false
  /** First bytes, read while the connection to a server is made: the first of what a relay passes on. */
  ahead: Uint8Array | undefined
  /** Still to be set, see LateOptions. */
  lateOptions: TcpOptions | undefined
  private hasSent = false
  private isMuted = false
  readonly isInet: boolean

  constructor(
    private readonly loop: EventLoop,
    fd: number,
    private readonly from: Address | PeerAddress,
  ) {
    super(fd)
    this.isInet = 'address' in from ? from.isInet : from.family !== 'unix'
    this.leavesMore = !this.isInet
  }

  get peer(): Address {
    return 'address' in this.from ? this.from.address : this.from
  }

  onEvents(events: number): void {
    if (events & (EPOLLIN | OTHER_EVENTS)) this.isReadable = true
    if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) this.isWritable = true
    if (events & OTHER_EVENTS) this.noteOther(events)
    if (this.owner !== undefined) this.owner.onReady(this)
    else if (this.hasFailed) this.gone()
  }

  private noteOther(events: number): void {
    this.leavesMore = true
    if (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) this.isHangingUp = true
    if (events & EPOLLERR) this.hasFailed = true
    // a short recv may have stopped at urgent data, of which a muted stream is not told
    const isPlain = this.isInet && !this.isMuted && (events & EPOLLPRI) === 0
    this.isFinQueued = !this.hasFailed && (events & EPOLLRDHUP) !== 0 && isPlain
  }

  /** A recv has found nothing. What was urgent is read; what comes from now on is told. */
  emptied(): void {
    this.isReadable = false
    this.leavesMore = this.isHangingUp || !this.isInet
  }

  /** Reads what is there, into `ahead`. True if there is something. One call, which the relay is spared. */
  readAhead(): boolean {
    if (this.ahead !== undefined) return true
    const got = recv(this.fd, aheadRoom.address, AHEAD_BYTES, 0)
    // the end is found again by whoever reads next
    if (got < 0) this.noteError(errno())
    if (got <= 0) return false
    this.ahead = Buffer.from(aheadRoom.bytes.subarray(0, got))
    if (got < AHEAD_BYTES && !this.leavesMore) this.isReadable = false
    return true
  }

  /** The peer has not ended, nothing of it waits to be read, and what was sent to it has arrived. Two calls. */
  isQuiet(): boolean {
    if (this.isHangingUp || this.ahead !== undefined) return false
    if (recv(this.fd, peeked.address, 1, MSG_PEEK) >= 0) return false
    this.noteError(errno())
    return !this.hasFailed && bytesUnderWay(this.fd) === 0
  }

  /** For a look that found no bytes: the event that follows an error, once it is told, has none. */
  private noteError(error: number): void {
    if (error === EAGAIN) return
    this.hasFailed = true
    this.lostBy = error
    this.isReadable = true
  }

  /** Bytes that come are not told of until `unmute`; the end and errors are. */
  mute(): void {
    if (this.isMuted) return
    this.isMuted = true
    this.loop.rewatch(this, STREAM_EVENTS & ~BYTE_EVENTS)
  }
  /** What came meanwhile is told with the next turn. */
  unmute(): void {
    if (!this.isMuted) return
    this.isMuted = false
    this.loop.rewatch(this, STREAM_EVENTS)
  }

  /** To be called before each send while there are late options. */
  beforeSend(): void {
    if (this.hasSent) this.applyLateOptions()
    this.hasSent = true
  }

  applyLateOptions(): void {
    if (this.lateOptions !== undefined) applyTcpOptions(this.fd, this.lateOptions)
    this.lateOptions = undefined
  }

  /** The peer has reset it while nobody relays it. */
  gone(): void {
    this.loop.close(this)
    this.onGone?.()
  }

  close(): void {
    if (this.fd < 0) return
    if (this.wasPeeked) this.discard()
    this.loop.close(this)
  }

  private discard(): void {
    for (let i = 0; i < MOST_DISCARDS; i++) {
      if (recv(this.fd, discarded.address, discarded.bytes.length, 0) < discarded.bytes.length) return
    }
  }

  reset(): void {
    if (this.fd < 0) return
    resetOnClose(this.fd)
    this.loop.close(this)
  }
}
