/** Replies on their way to clients: gathered from many flows, sent with one sendmmsg at the end of the turn. */
import { MSG_NOSIGNAL } from '../../native/constants.js'
import { EAGAIN } from '../../native/errno-name.js'
import { IOVEC, MMSGHDR } from '../../native/layout.js'
import { errno, NULL, type Pointer, sendmmsg } from '../../native/libc.js'
import type { FlowCounters } from '../flow-counters.js'
import type { EventLoop, Task } from './event-loop.js'
import { CONTROL_STRIDE, MessageSlots, NAME_STRIDE, SLOTS } from './message-slots.js'
import type { ReplyAddress } from './reply-address.js'

/** One for all ports: replies for another port send off those gathered before. */
export class Replies implements Task {
  private readonly slots = new MessageSlots()
  /** Addresses of the headers, since sending goes on after a datagram that was refused. */
  private readonly headers = Array.from({ length: SLOTS }, (_, i) => this.slots.headers.at(i * MMSGHDR.size))
  private readonly counters: (FlowCounters | undefined)[] = new Array(SLOTS).fill(undefined)
  private count = 0
  private port = -1
  private isScheduled = false

  constructor(private readonly loop: EventLoop) {}

  /** Where to receive the next reply of up to PAYLOAD_BYTES that will leave through `port`, a descriptor. */
  room(port: number): Pointer {
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
    const { count } = this
    let from = 0
    while (from < count) {
      const sent = sendmmsg(this.port, this.headers[from] ?? NULL, count - from, MSG_NOSIGNAL)
      if (sent > 0) this.countSent(from, from + sent)
      else if (errno() === EAGAIN) break
      from += Math.max(sent, 1)
    }
    this.count = 0
  }

  private countSent(from: number, to: number): void {
    const now = this.loop.now()
    for (let i = from; i < to; i++) {
      this.counters[i]?.datagramFromServer(this.slots.vectors.i32(i * IOVEC.size + IOVEC.length), now)
      this.counters[i] = undefined
    }
  }
}
