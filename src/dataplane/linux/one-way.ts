/**
 * One direction of a relay. Small reads go through one buffer that all relays share: recv, then send at once, with a
 * private copy only of what the sink would not take. After two full reads the bytes stay in the kernel: splice moves
 * them through a pipe until the amounts turn small. While the sink has not taken everything, nothing more is read.
 */
import { MSG_MORE, MSG_NOSIGNAL, SPLICE_F_MOVE, SPLICE_F_NONBLOCK } from '../../native/constants.js'
import { EAGAIN, EPIPE } from '../../native/errno-name.js'
import { errno, NULL, recv, send, sendBytes, splice } from '../../native/libc.js'
import type { Region } from '../../native/region.js'
import type { Watch } from '../engine.js'
import type { FlowCounters } from '../flow-counters.js'
import type { Pipe, Pipes } from './pipes.js'
import type { TcpStream } from './tcp-stream.js'

/** What one call of `move` came to. */
export const MOVED = {
  /** All that could be moved now. */
  enough: 0,
  /** There may be more; the other sessions come first. */
  more: 1,
  /** The source has ended and everything is with the sink. */
  ended: 2,
  sourceBroken: 3,
  sinkBroken: 4,
} as const
export type Moved = (typeof MOVED)[keyof typeof MOVED]

/** What all relays of an engine share. */
export interface RelayMeans {
  /** Its size is what one recv takes at most. */
  readonly buffer: Region
  readonly pipes: Pipes
}

/**
 * Bytes read in one call of `move`, give or take the last read: some 0.7 ms in which the other sessions wait. Twice
 * as many would spare bulk another 5 % of its CPU, since more gathers meanwhile.
 */
const HELPING_BYTES = 2_097_152
const FULL_READS_TO_SPLICE = 2
const SMALL_SPLICE_BYTES = 16_384
const SMALL_SPLICES_TO_COPY = 2
/** More than any pipe holds. */
const SPLICE_BYTES = 1 << 30
const SPLICE_FLAGS = SPLICE_F_MOVE | SPLICE_F_NONBLOCK

export class OneWay {
  hasEnded = false
  /** Why a stream is broken: its error number. */
  error = 0
  /** Read, but not taken by the sink: in a copy of our own or in a pipe, never both. */
  private unsent: Uint8Array | undefined
  private pipe: Pipe | undefined
  private inPipe = 0
  private isSplicing = false
  /** Reads in a row that speak for the other way of moving. */
  private streak = 0
  /** Bytes read in this call of `move`. */
  private helping = 0

  constructor(
    private readonly means: RelayMeans,
    private readonly source: TcpStream,
    private readonly sink: TcpStream,
    private readonly counters: FlowCounters,
    private readonly isFromClient: boolean,
    private watch: Watch | undefined,
  ) {}

  /** Nothing is read now because the sink has yet to take what was read before. */
  get isBlocked(): boolean {
    return this.unsent !== undefined || this.pipe !== undefined
  }

  /** Bytes that were read and that the sink has yet to take. */
  get held(): number {
    return this.unsent === undefined ? this.inPipe : this.unsent.length
  }

  move(now: number): Moved {
    if (this.hasEnded) return MOVED.enough
    this.helping = 0
    if (this.source.ahead !== undefined) this.hold(this.source.ahead, now)
    while (this.helping < HELPING_BYTES) {
      if (this.isBlocked) {
        const flushed = this.pipe === undefined ? this.sendUnsent() : this.emptyPipe(this.pipe)
        if (flushed !== MOVED.more) return flushed
      }
      if (!this.source.isReadable) return MOVED.enough
      const moved = this.isSplicing ? this.spliceRound(now) : this.copyRound(now)
      if (moved !== MOVED.more) return moved
    }
    return MOVED.more
  }

  /** Bytes read before there was a sink. */
  private hold(bytes: Uint8Array, now: number): void {
    this.source.ahead = undefined
    this.count(bytes.length, now)
    if (this.watch !== undefined) this.show(this.watch, bytes)
    this.unsent = bytes
  }

  private copyRound(now: number): Moved {
    const { source, sink } = this
    const { buffer } = this.means
    const room = buffer.bytes.length
    const got = recv(source.fd, buffer.address, room, 0)
    if (got <= 0) return this.nothingRead(got)
    this.count(got, now)
    if (this.watch !== undefined) this.show(this.watch, buffer.bytes.subarray(0, got))
    if (sink.lateOptions !== undefined) sink.beforeSend()
    // nothing follows the last bytes but the end, which leaves in the same packet
    const flags = source.isFinQueued && got < room ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL
    const sent = sink.isWritable ? send(sink.fd, buffer.address, got, flags) : 0
    if (sent < got) return this.keep(sent, got)
    if (got < room) return this.drained()
    this.isSplicing = ++this.streak >= FULL_READS_TO_SPLICE
    if (this.isSplicing) this.streak = 0
    return MOVED.more
  }

  /** While somebody watches, the bytes come through the buffer: no number of full reads speaks for splice. */
  private show(watch: Watch, bytes: Uint8Array): void {
    if (watch(bytes)) this.watch = undefined
    else this.streak = -1
  }

  /**
   * A recv that did not fill the buffer has emptied the socket, or stopped before urgent data (tcp(7)) or behind
   * descriptors (unix(7)). What else waits there is known from the events.
   */
  private drained(): Moved {
    this.streak = 0
    const { source } = this
    if (source.isFinQueued) return this.end()
    if (source.leavesMore) return MOVED.more
    source.isReadable = false
    return MOVED.enough
  }

  private nothingRead(got: number): Moved {
    const error = got === 0 ? this.source.lostBy : errno()
    if (error === 0) return this.end()
    if (error !== EAGAIN) return this.broken(error, MOVED.sourceBroken)
    this.source.emptied()
    return MOVED.enough
  }

  private end(): Moved {
    this.hasEnded = true
    return MOVED.ended
  }

  private broken(error: number, moved: Moved): Moved {
    this.error = error
    return moved
  }

  /** Keeps the rest of the shared buffer: send took `sent` (negative when it failed) of `got` bytes. */
  private keep(sent: number, got: number): Moved {
    const error = sent < 0 ? errno() : EAGAIN
    if (error !== EAGAIN) return this.broken(error, MOVED.sinkBroken)
    this.unsent = this.means.buffer.bytes.slice(Math.max(sent, 0), got)
    this.sink.isWritable = false
    return MOVED.enough
  }

  /** `more` when all of it is gone. */
  private sendUnsent(): Moved {
    const { sink, unsent } = this
    if (unsent === undefined) return MOVED.more
    if (!sink.isWritable) return MOVED.enough
    if (sink.lateOptions !== undefined) sink.beforeSend()
    const sent = sendBytes(sink.fd, unsent, unsent.length, MSG_NOSIGNAL)
    if (sent === unsent.length) {
      this.unsent = undefined
      return MOVED.more
    }
    const error = sent < 0 ? errno() : EAGAIN
    if (error !== EAGAIN) return this.broken(error, MOVED.sinkBroken)
    sink.isWritable = false
    if (sent > 0) this.unsent = unsent.subarray(sent)
    return MOVED.enough
  }

  private spliceRound(now: number): Moved {
    const { pipes } = this.means
    const pipe = pipes.take(now)
    if (pipe === undefined) {
      this.isSplicing = false
      return this.copyRound(now)
    }
    const got = splice(this.source.fd, NULL, pipe.writeEnd, NULL, SPLICE_BYTES, SPLICE_FLAGS)
    if (got <= 0) {
      const moved = this.nothingSpliced(got, now)
      pipes.giveBack(pipe)
      return moved
    }
    this.count(got, now)
    this.streak = got < SMALL_SPLICE_BYTES ? this.streak + 1 : 0
    if (this.streak >= SMALL_SPLICES_TO_COPY) {
      this.isSplicing = false
      this.streak = 0
    }
    this.pipe = pipe
    this.inPipe = got
    return this.emptyPipe(pipe)
  }

  /**
   * The pipe is empty, so EAGAIN means that the socket is, and 0 that it has ended. But splice says the same of TCP's
   * urgent data, which only a recv gets past.
   */
  private nothingSpliced(got: number, now: number): Moved {
    const { isInet, leavesMore } = this.source
    const isUnsure = got === 0 || (isInet && leavesMore && errno() === EAGAIN)
    if (!isUnsure) return this.nothingRead(got)
    this.isSplicing = false
    return this.copyRound(now)
  }

  /** `more` when the pipe is empty. */
  private emptyPipe(pipe: Pipe): Moved {
    const { sink } = this
    while (this.inPipe > 0) {
      if (!sink.isWritable) return this.waitForSink()
      const sent = splice(pipe.readEnd, NULL, sink.fd, NULL, this.inPipe, SPLICE_FLAGS)
      if (sent <= 0) {
        const error = sent === 0 ? EPIPE : errno()
        if (error !== EAGAIN) return this.broken(error, MOVED.sinkBroken)
        sink.isWritable = false
        return this.waitForSink()
      }
      this.inPipe -= sent
    }
    this.pipe = undefined
    this.means.pipes.giveBack(pipe)
    this.source.unmute()
    return MOVED.more
  }

  /** A source at full speed would wake the loop for each of its packets, for nothing. */
  private waitForSink(): Moved {
    this.source.mute()
    return MOVED.enough
  }

  private count(bytes: number, now: number): void {
    this.helping += bytes
    if (this.isFromClient) this.counters.fromClient(bytes, now)
    else this.counters.fromServer(bytes, now)
  }

  /** The relay is over: whatever is still held is lost. */
  drop(): void {
    this.unsent = undefined
    if (this.pipe !== undefined) this.means.pipes.discard(this.pipe)
    this.pipe = undefined
  }
}
