/**
 * A unix stream socket to a worker of another generation: lines of JSON, with descriptors beside them (unix(7),
 * SCM_RIGHTS). The two may be of different versions, so this is not the frames that workers and control speak.
 */
import { EPOLLIN, EPOLLOUT } from '../../native/constants.js'
import { DescriptorReceiver, sendWithDescriptors } from '../../native/descriptor-passing.js'
import { EAGAIN } from '../../native/errno-name.js'
import { close } from '../../native/libc.js'
import { Region } from '../../native/region.js'
import { setNonBlocking } from '../../native/socket-options.js'
import type { FlowLink, FlowLinkHandlers } from '../engine.js'
import { type EventLoop, Watched } from './event-loop.js'

const READ_BYTES = 65_536

export function openFlowLink(loop: EventLoop, descriptor: number, handlers: FlowLinkHandlers): FlowLink {
  setNonBlocking(descriptor)
  const link = new SocketFlowLink(loop, descriptor, handlers)
  loop.watch(link, EPOLLIN)
  return link
}

class SocketFlowLink extends Watched implements FlowLink {
  private readonly receiver: DescriptorReceiver
  private readonly room = new Region(READ_BYTES)
  private readonly decoder = new TextDecoder()
  private text = ''
  /** Received, of the line that is still coming. */
  private received: number[] = []
  private unsent: { bytes: Uint8Array; descriptors: readonly number[] } | undefined

  constructor(
    private readonly loop: EventLoop,
    fd: number,
    private readonly handlers: FlowLinkHandlers,
  ) {
    super(fd)
    this.receiver = new DescriptorReceiver(this.room)
  }

  send(message: object, descriptors: readonly number[] = []): void {
    if (this.fd < 0) return
    this.unsent = { bytes: new TextEncoder().encode(`${JSON.stringify(message)}\n`), descriptors }
    this.sendUnsent()
  }

  onEvents(events: number): void {
    if (events & EPOLLOUT) this.sendUnsent()
    if (this.fd >= 0 && events & ~EPOLLOUT) this.receive()
  }

  /** Descriptors go with the first bytes. */
  private sendUnsent(): void {
    while (this.unsent !== undefined) {
      const { bytes, descriptors } = this.unsent
      const sent = sendWithDescriptors(this.fd, bytes, descriptors)
      if (sent === -EAGAIN) return this.loop.rewatch(this, EPOLLIN | EPOLLOUT)
      if (sent < 0) return this.closed()
      this.unsent = sent < bytes.length ? { bytes: bytes.subarray(sent), descriptors: [] } : undefined
    }
    this.loop.rewatch(this, EPOLLIN)
  }

  private receive(): void {
    const got = this.receiver.receive(this.fd, this.received)
    if (got === -EAGAIN) return
    if (got <= 0) return this.closed()
    this.text += this.decoder.decode(this.room.bytes.subarray(0, got), { stream: true })
    const lines = this.text.split('\n')
    this.text = lines.pop() ?? ''
    for (const line of lines) {
      // each side waits for the other's answer, so what has come belongs to the one line that has
      const descriptors = this.received
      this.received = []
      this.handlers.onMessage(JSON.parse(line), descriptors)
    }
  }

  private closed(): void {
    if (this.fd < 0) return
    this.close()
    this.handlers.onClosed()
  }

  close(): void {
    if (this.fd < 0) return
    for (const descriptor of this.received) close(descriptor)
    this.loop.closeShared(this)
  }
}
