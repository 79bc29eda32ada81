/**
 * A connect under way: ends with the first OUT event, an error, or its timeout. Where the queue of a unix server is full,
 * the kernel answers EAGAIN and forgets about it, while it repeats a TCP connect by itself: here both are repeated.
 */
import type { Address } from '../../core/address.js'
import {
  IP_BIND_ADDRESS_NO_PORT,
  IPPROTO_IP,
  IPPROTO_TCP,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  TCP_QUICKACK,
} from '../../native/constants.js'
import { EAGAIN, EINPROGRESS, errnoName } from '../../native/errno-name.js'
import { bind, close, connect as connectTo, errno, socket } from '../../native/libc.js'
import { setOption, takeError } from '../../native/socket-options.js'
import { connectError } from '../connect-failure.js'
import type { Cancel, ConnectOptions, ConnectResult } from '../engine.js'
import type { EventLoop, Task } from './event-loop.js'
import type { LateOptions } from './late-options.js'
import { encodedAddress } from './socket-address.js'
import { STREAM_EVENTS, type StreamOwner, TcpStream } from './tcp-stream.js'
import { Timer } from './timer-heap.js'

/** A client may wait this much longer than it has to; a shorter time would cost a call more often for each that waits. */
const UNIX_RETRY_MS = 10

type OnDone = (result: ConnectResult) => void

/** What all connects of an engine share. */
export interface ConnectMeans {
  readonly loop: EventLoop
  readonly lateOptions: LateOptions
}

export function connect(
  means: ConnectMeans,
  to: Address,
  options: ConnectOptions,
  onDone: OnDone,
  client: TcpStream | undefined,
): Cancel {
  const fd = openTowards(to, options.source, client)
  const connecting = new Connecting(means, to, options, onDone)
  if (fd < 0) connecting.failLater(-fd)
  else connecting.begin(fd)
  return () => connecting.cancel()
}

/** A socket that may connect to `to`, or the negative error number. */
function openTowards(to: Address, source: Address | undefined, client: TcpStream | undefined): number {
  const fd = socket(encodedAddress(to).domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) return -errno()
  // bytes that follow at once carry the handshake's last ACK; without them the kernel would hold it back for 200 ms
  if (to.family !== 'unix' && client?.readAhead()) setOption(fd, IPPROTO_TCP, TCP_QUICKACK, 0)
  if (source === undefined || to.family === 'unix' || bindSource(fd, source)) return fd
  const error = errno()
  close(fd)
  return -error
}

function bindSource(fd: number, source: Address): boolean {
  const { region, length } = encodedAddress(source)
  // else bind would choose the port before the server is known, and could use each port only once: ip(7)
  setOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
  return bind(fd, region.address, length) === 0
}

/** 0 when it is connected or on its way, else the error number. */
function tryConnect(fd: number, to: Address): number {
  const { region, length } = encodedAddress(to)
  if (connectTo(fd, region.address, length) === 0) return 0
  const error = errno()
  return error === EINPROGRESS ? 0 : error
}

class Connecting implements StreamOwner, Task {
  private stream: TcpStream | undefined
  private error = 0
  private isOver = false
  private readonly timeout = new Timer(() => this.fail('ETIMEDOUT'))
  /** Runs while the queue of a unix server is full. */
  private retry: Timer | undefined

  constructor(
    private readonly means: ConnectMeans,
    private readonly to: Address,
    private readonly options: ConnectOptions,
    private readonly onDone: OnDone,
  ) {}

  begin(fd: number): void {
    const { loop } = this.means
    const stream = new TcpStream(loop, fd, this.to)
    this.stream = stream
    stream.owner = this
    loop.startTimer(this.timeout, this.options.timeoutMs)
    this.proceed(stream)
  }

  private proceed(stream: TcpStream): void {
    const { to } = this
    const error = tryConnect(stream.fd, to)
    if (error === 0) this.watch(stream)
    else if (error === EAGAIN && to.family === 'unix') this.tryAgain(stream)
    else this.failLater(error)
  }

  /** Not watched until it is connected: epoll tells of an unconnected unix socket that it hangs up. */
  private tryAgain(stream: TcpStream): void {
    this.retry ??= new Timer(() => this.proceed(stream))
    this.means.loop.startTimer(this.retry, UNIX_RETRY_MS)
  }

  private watch(stream: TcpStream): void {
    const { loop, lateOptions } = this.means
    const error = loop.watch(stream, STREAM_EVENTS)
    if (error !== 0) return this.failLater(error)
    if (this.to.family === 'unix') return
    stream.lateOptions = this.options
    lateOptions.add(stream)
  }

  /** The caller must not hear of it before its call has returned. */
  failLater(error: number): void {
    this.error = error
    this.means.loop.later(this)
  }
  run(): void {
    this.fail(errnoName(this.error))
  }

  onReady(stream: TcpStream): void {
    if (stream.hasFailed || stream.isHangingUp) {
      const error = takeError(stream.fd)
      if (stream.hasFailed || error !== 0) return this.fail(error === 0 ? 'ECONNRESET' : errnoName(error))
    }
    if (!stream.isWritable) return
    this.settle()
    stream.owner = undefined
    this.onDone({ ok: true, server: stream })
  }

  private fail(code: string): void {
    if (this.isOver) return
    this.settle()
    this.stream?.close()
    this.onDone({ ok: false, error: connectError(code) })
  }

  private settle(): void {
    const { loop } = this.means
    this.isOver = true
    loop.stopTimer(this.timeout)
    if (this.retry !== undefined) loop.stopTimer(this.retry)
  }

  cancel(): void {
    if (this.isOver) return
    this.settle()
    this.stream?.close()
  }
}
