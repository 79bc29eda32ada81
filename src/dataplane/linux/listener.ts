/** A listening TCP or unix socket: accepts in batches, and pauses when the system has no descriptors left. */
import type { Address } from '../../core/address.js'
import { toRawAddress } from '../../core/raw-address.js'
import { EPOLLIN, IPPROTO_TCP, SOCK_CLOEXEC, SOCK_NONBLOCK, TCP_DEFER_ACCEPT } from '../../native/constants.js'
import { EMFILE, ENFILE, ENOBUFS, ENOMEM, errnoName } from '../../native/errno-name.js'
import { accept4, close, errno, listen as listenOn } from '../../native/libc.js'
import { openListeningSocket, removeSocketFile } from '../../native/listening-socket.js'
import { Region } from '../../native/region.js'
import { SOCKADDR_SPACE } from '../../native/sockaddr.js'
import { localAddress, setNonBlocking, setOption } from '../../native/socket-options.js'
import type { ListenAt, ListenHandlers, Listening, ListenOptions, ListenResult } from '../engine.js'
import { type EventLoop, Watched } from './event-loop.js'
import { fromSocketAddress, PeerAddress } from './socket-address.js'
import { replaceTcpOptions } from './tcp-options.js'
import { STREAM_EVENTS, TcpStream } from './tcp-stream.js'
import { Timer } from './timer-heap.js'

/** A whole queue of newcomers must not keep the sessions waiting. */
const LARGEST_BATCH = 64
const PAUSE_MS = 100
/** How long TCP_DEFER_ACCEPT waits for a client's first bytes before it hands over a silent connection: tcp(7). */
const DEFER_SECONDS = 30

const peer = new Region(SOCKADDR_SPACE)
const peerLength = new Region(4)

export function listen(
  loop: EventLoop,
  at: ListenAt,
  options: ListenOptions,
  handlers: ListenHandlers,
): ListenResult<Listening> {
  const opened = at.descriptor === undefined ? open(at, options.backlog) : adopt(at.descriptor, options.backlog)
  if (!opened.ok) return opened
  const { descriptor, address } = opened.bound
  setOptions(descriptor, address, options)
  // control removes the socket file of what it handed over
  const file = at.descriptor === undefined && address.family === 'unix' ? address.path : undefined
  const listener = new Listener(loop, descriptor, address, handlers, file)
  const error = loop.watch(listener, EPOLLIN)
  if (error === 0) return { ok: true, bound: listener }
  close(descriptor)
  return { ok: false, code: errnoName(error) }
}

function setOptions(descriptor: number, { family }: Address, options: ListenOptions): void {
  if (family === 'unix') return
  replaceTcpOptions(descriptor, options)
  setOption(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, options.deferAccept ? DEFER_SECONDS : 0)
}

interface Opened {
  readonly descriptor: number
  readonly address: Address
}

function open({ address, ipv6Only = false }: ListenAt, backlog: number): ListenResult<Opened> {
  const opened = openListeningSocket(toRawAddress(address), { reusePort: false, ipv6Only, backlog })
  if (!opened.ok) return opened
  return { ok: true, bound: { descriptor: opened.descriptor, address: fromSocketAddress(opened.address) } }
}

/** Control has bound it and listens on it already: listen(2) again only sets the backlog. */
function adopt(descriptor: number, backlog: number): ListenResult<Opened> {
  const address = localAddress(descriptor)
  if (address && listenOn(descriptor, backlog) === 0) {
    setNonBlocking(descriptor)
    return { ok: true, bound: { descriptor, address: fromSocketAddress(address) } }
  }
  const code = errnoName(errno())
  close(descriptor)
  return { ok: false, code }
}

/**
 * Level-triggered: what one batch leaves behind is told again. A failing accept is dear (the kernel makes a socket
 * before it looks for a connection), so the batch grows while all of it succeeds and shrinks to what was there.
 */
class Listener extends Watched implements Listening {
  private batch = 1
  private readonly resume = new Timer(() => this.loop.rewatch(this, EPOLLIN))

  constructor(
    private readonly loop: EventLoop,
    fd: number,
    readonly address: Address,
    private readonly handlers: ListenHandlers,
    private readonly file: string | undefined,
  ) {
    super(fd)
  }

  onEvents(): void {
    const { batch } = this
    for (let i = 0; i < batch; i++) {
      if (this.fd < 0) return
      peerLength.setI32(0, SOCKADDR_SPACE)
      const fd = accept4(this.fd, peer.address, peerLength.address, SOCK_NONBLOCK | SOCK_CLOEXEC)
      if (fd < 0) {
        this.batch = Math.max(1, i)
        return this.acceptFailed(errno())
      }
      this.accepted(fd)
    }
    this.batch = Math.min(batch * 2, LARGEST_BATCH)
  }

  private accepted(fd: number): void {
    const client = new TcpStream(this.loop, fd, new PeerAddress(peer, peerLength.i32(0)))
    const error = this.loop.watch(client, STREAM_EVENTS)
    if (error === 0) return this.handlers.onAccept(client)
    client.reset()
    this.pause(error)
  }

  /** Any other error belongs to one connection that was gone before it was accepted: accept(2), error handling. */
  private acceptFailed(error: number): void {
    if (error === EMFILE || error === ENFILE || error === ENOBUFS || error === ENOMEM) this.pause(error)
  }

  /** The connection stays in the queue, so the event would come again and again. */
  private pause(error: number): void {
    this.loop.rewatch(this, 0)
    this.loop.startTimer(this.resume, PAUSE_MS)
    this.handlers.onAcceptError(errnoName(error))
  }

  reconfigure(options: ListenOptions): void {
    setOptions(this.fd, this.address, options)
    listenOn(this.fd, options.backlog)
  }

  close(): void {
    if (this.fd < 0) return
    this.loop.stopTimer(this.resume)
    this.loop.closeShared(this)
    if (this.file !== undefined) removeSocketFile(this.file)
  }
}
