/** Replies on their way to clients: gathered from many flows, sent with one sendmmsg at the end of the turn. */
import { MSG_NOSIGNAL } from '../../native/constants.js'
import { EAGAIN, EINVAL, ENETUNREACH } from '../../native/errno-name.js'
import { IOVEC, MMSGHDR } from '../../native/layout.js'
import { errno, NULL, type Pointer, sendmmsg } from '../../native/libc.js'
import type { FlowCounters } from '../flow-counters.js'
import type { EventLoop, Task } from './event-loop.js'
import { CONTROL_STRIDE, MessageSlots, NAME_STRIDE, SLOTS } from './message-slots.js'
import type { ReplyAddress } from './reply-address.js'

/** The socket that replies leave through. */
export interface ReplyPort {
  readonly fd: number
  onRepliesLost(count: number): void
}

/** One for all ports: replies for another port send off those gathered before. */
export class Replies implements Task {
  private readonly slots = new MessageSlots()
  /** Addresses of the headers, since sending goes on after a datagram that was refused. */
  private readonly headers = Array.from({ length: SLOTS }, (_, i) => this.slots.headers.at(i * MMSGHDR.size))
  private readonly counters: (FlowCounters | undefined)[] = new Array(SLOTS).fill(undefined)
  private count = 0
  private port: ReplyPort | undefined
  private isScheduled = false

  constructor(private readonly loop: EventLoop) {}

  /** Where to receive the next reply of up to PAYLOAD_BYTES that will leave through `port`. */
  room(port: ReplyPort): Pointer {
    if (port !== this.port) this.flush()
    this.port = port
    return this.slots.payloads[this.count] ?? NULL
  }

  /** Takes the `length` bytes that now stand in `room`. */
  add(to: ReplyAddress, length: number, counters: FlowCounters): void {
    const { slots, count } = this
    const header = count * MMSGHDR.size
    slots.headers.setI32(header + MMSGHDR.nameLength, to.writeName(slots.names, count * NAME_STRIDE))
    slots.headers.setI32(header + MMSGHDR.controlLength, to.writeControl(slots.controls, count * CONTROL_STRIDE))
    slots.vectors.setI32(count * IOVEC.size + IOVEC.length, length)
    this.counters[count] = counters
    this.count = count + 1
    if (this.count === SLOTS) this.flush()
    else if (!this.isScheduled) {
      this.isScheduled = true
      this.loop.later(this)
    }
  }

  run(): void {
    this.isScheduled = false
    this.flush()
  }

  /** A datagram that the system refuses is lost, as on any network; when its buffer is full, so are the rest. */
  flush(): void {
    const { port, count } = this
    if (!port || count === 0) return
    let from = 0
    let lost = 0
    while (from < count) {
      const sent = sendmmsg(port.fd, this.headers[from] ?? NULL, count - from, MSG_NOSIGNAL)
      if (sent > 0) {
        this.countSent(from, from + sent)
        from += sent
        continue
      }
      const error = errno()
      if (error === EAGAIN) break
      if (this.takeSource(from, error)) continue
      lost++
      from++
    }
    this.count = 0
    lost += count - from
    if (lost > 0) port.onRepliesLost(lost)
  }

  /**
   * The client may have sent to a broadcast address: nothing can be sent from there, and routing must choose. Only for
   * this reply, since an address that was taken off this host for a while may come back to its flows.
   */
  private takeSource(i: number, error: number): boolean {
    const { headers } = this.slots
    const at = i * MMSGHDR.size + MMSGHDR.controlLength
    if (headers.i32(at) === 0 || (error !== EINVAL && error !== ENETUNREACH)) return false
    headers.setI32(at, 0)
    return true
  }

  private countSent(from: number, to: number): void {
    const now = this.loop.now()
    for (let i = from; i < to; i++) {
      this.counters[i]?.datagramFromServer(this.slots.vectors.i32(i * IOVEC.size + IOVEC.length), now)
      this.counters[i] = undefined
    }
  }
}
