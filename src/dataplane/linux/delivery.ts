/** One message to a peer that is then left to end the connection. */
import { MSG_NOSIGNAL } from '../../native/constants.js'
import { EAGAIN } from '../../native/errno-name.js'
import { errno, recv, sendBytes } from '../../native/libc.js'
import { Region } from '../../native/region.js'
import type { Cancel } from '../engine.js'
import type { EventLoop, Task } from './event-loop.js'
import type { StreamOwner, TcpStream } from './tcp-stream.js'

const unheard = new Region(4096)

export function deliver(loop: EventLoop, message: Uint8Array, to: TcpStream, onEnd: () => void): Cancel {
  const delivery = new Delivery(message, to, onEnd)
  to.owner = delivery
  loop.later(delivery)
  return () => delivery.cancel()
}

class Delivery implements StreamOwner, Task {
  private isOver = false

  constructor(
    private unsent: Uint8Array,
    private readonly to: TcpStream,
    private readonly onEnd: () => void,
  ) {}

  run(): void {
    if (!this.isOver) this.onReady()
  }

  onReady(): void {
    if (!this.send() || this.hasEnded()) this.end()
  }

  /** False when the connection is broken. */
  private send(): boolean {
    const { to, unsent } = this
    if (unsent.length === 0 || !to.isWritable) return true
    const sent = sendBytes(to.fd, unsent, unsent.length, MSG_NOSIGNAL)
    if (sent < 0 && errno() !== EAGAIN) return false
    if (sent > 0) this.unsent = unsent.subarray(sent)
    if (this.unsent.length > 0) to.isWritable = false
    return true
  }

  private hasEnded(): boolean {
    const { to } = this
    while (to.isReadable) {
      const got = recv(to.fd, unheard.address, unheard.bytes.length, 0)
      if (got === 0) return true
      if (got < 0 && errno() !== EAGAIN) return true
      if (got < 0) to.isReadable = false
    }
    return to.hasFailed
  }

  private end(): void {
    this.isOver = true
    this.to.close()
    this.onEnd()
  }

  cancel(): void {
    if (this.isOver) return
    this.isOver = true
    this.to.reset()
  }
}
