/** A connect under way: ends with the first OUT event, an error, or its timeout. */
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
import { EINPROGRESS, errnoName } from '../../native/errno-name.js'
import { bind, close, connect as connectTo, errno, socket } from '../../native/libc.js'
import { setOption, takeError } from '../../native/socket-options.js'
import { connectError } from '../connect-failure.js'
import type { Cancel, ConnectOptions, ConnectResult } from '../engine.js'
import type { EventLoop, Task } from './event-loop.js'
import type { LateOptions } from './late-options.js'
import { encodedAddress } from './socket-address.js'
import { STREAM_EVENTS, type StreamOwner, TcpStream } from './tcp-stream.js'
import { Timer } from './timer-heap.js'

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
  const connecting = new Connecting(means, onDone)
  if (fd < 0) connecting.failLater(-fd)
  else connecting.begin(fd, to, options)
  return () => connecting.cancel()
}

/** A socket on its way to `to`, or the negative error number. */
function openTowards(to: Address, source: Address | undefined, client: TcpStream | undefined): number {
  const { region, length, domain } = encodedAddress(to)
  const fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) return -errno()
  // bytes that follow at once carry the handshake's last ACK; without them the kernel would hold it back for 200 ms
  if (to.family !== 'unix' && client?.readAhead()) setOption(fd, IPPROTO_TCP, TCP_QUICKACK, 0)
  const isBound = source === undefined || to.family === 'unix' || bindSource(fd, source)
  if (isBound && (connectTo(fd, region.address, length) === 0 || errno() === EINPROGRESS)) return fd
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

class Connecting implements StreamOwner, Task {
  private stream: TcpStream | undefined
  private error = 0
  private isOver = false
  private readonly timeout = new Timer(() => this.fail('ETIMEDOUT'))

  constructor(
    private readonly means: ConnectMeans,
    private readonly onDone: OnDone,
  ) {}

  begin(fd: number, to: Address, options: ConnectOptions): void {
    const { loop, lateOptions } = this.means
    const stream = new TcpStream(loop, fd, to)
    this.stream = stream
    stream.owner = this
    const error = loop.watch(stream, STREAM_EVENTS)
    if (error !== 0) return this.failLater(error)
    loop.startTimer(this.timeout, options.timeoutMs)
    if (to.family === 'unix') return
    stream.lateOptions = options
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
    this.isOver = true
    this.means.loop.stopTimer(this.timeout)
  }

  cancel(): void {
    if (this.isOver) return
    this.settle()
    this.stream?.close()
  }
}
