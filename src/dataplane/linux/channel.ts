/** The control channel: frames over an inherited unix stream socket. Descriptors may come with them. */
import { encodeFrame, FrameReader } from '../../core/frames.js'
import type { FromWorker, ToWorker } from '../../core/messages.js'
import { EPOLLIN, EPOLLOUT, MSG_NOSIGNAL } from '../../native/constants.js'
import { DescriptorReceiver } from '../../native/descriptor-passing.js'
import { EAGAIN, errnoName } from '../../native/errno-name.js'
import { errno, sendBytes } from '../../native/libc.js'
import { Region } from '../../native/region.js'
import { setNonBlocking } from '../../native/socket-options.js'
import type { Channel, ChannelHandlers } from '../engine.js'
import { type EventLoop, Watched } from './event-loop.js'
import { withDescriptors } from './handed-over.js'

const READ_BYTES = 65_536
/** Beyond this many bytes that control has not taken, the worker drops records. */
const FULL_BYTES = 1024 * 1024

export function openChannel(loop: EventLoop, descriptor: number, handlers: ChannelHandlers): Channel {
  setNonBlocking(descriptor)
  const channel = new SocketChannel(loop, descriptor, handlers)
  const error = loop.watch(channel, EPOLLIN)
  if (error !== 0) throw new Error(`control channel: epoll_ctl of descriptor ${descriptor} failed: ${errnoName(error)}`)
  return channel
}

class SocketChannel extends Watched implements Channel {
  private readonly room = new Region(READ_BYTES)
  private readonly receiver = new DescriptorReceiver(this.room)
  private readonly frames = new FrameReader()
  /** Received, not yet claimed by a message. */
  private readonly descriptors: number[] = []
  private readonly unsent: Uint8Array[] = []
  private unsentBytes = 0

  constructor(
    private readonly loop: EventLoop,
    fd: number,
    private readonly handlers: ChannelHandlers,
  ) {
    super(fd)
  }

  get isFull(): boolean {
    return this.unsentBytes >= FULL_BYTES
  }

  get isEmpty(): boolean {
    return this.unsent.length === 0
  }

  send(message: FromWorker): void {
    if (this.fd < 0) return
    const frame = toFrame(message)
    this.unsent.push(frame)
    this.unsentBytes += frame.length
    if (this.unsent.length === 1) this.sendUnsent()
  }

  onEvents(events: number): void {
    if (events & EPOLLOUT) this.sendUnsent()
    if (events & ~EPOLLOUT) this.receive()
  }

  private sendUnsent(): void {
    const hadUnsent = this.isWaiting
    for (let first = this.unsent[0]; first !== undefined; first = this.unsent[0]) {
      const sent = sendBytes(this.fd, first, first.length, MSG_NOSIGNAL)
      if (sent < 0 && errno() !== EAGAIN) return this.closed()
      this.unsentBytes -= Math.max(sent, 0)
      if (sent < first.length) {
        this.unsent[0] = first.subarray(Math.max(sent, 0))
        break
      }
      this.unsent.shift()
    }
    this.isWaiting = this.unsent.length > 0
    if (this.isWaiting !== hadUnsent) this.loop.rewatch(this, this.isWaiting ? EPOLLIN | EPOLLOUT : EPOLLIN)
  }

  /** Control has not taken all: the set waits for OUT too. */
  private isWaiting = false

  private receive(): void {
    const got = this.receiver.receive(this.fd, this.descriptors)
    if (got === -EAGAIN) return
    if (got <= 0) return this.closed()
    for (const { message } of this.frames.push(this.room.bytes.subarray(0, got))) {
      // control is the only sender, and types what it sends as ToWorker
      this.handlers.onMessage(withDescriptors(message as ToWorker, this.descriptors))
    }
  }

  private closed(): void {
    if (this.fd < 0) return
    this.loop.close(this)
    this.unsent.length = 0
    this.unsentBytes = 0
    this.handlers.onClosed()
  }
}

/** Lines for the log travel beside their message. */
function toFrame(message: FromWorker): Uint8Array {
  if (message.type !== 'closed' || typeof message.lines !== 'string') return encodeFrame(message)
  const { lines, ...rest } = message
  return encodeFrame(rest, lines)
}
