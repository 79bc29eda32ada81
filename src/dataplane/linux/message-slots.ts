/** Room for a batch of datagrams as recvmmsg and sendmmsg want it: headers, payloads, addresses and control messages. */
import { IOVEC, MMSGHDR } from '../../native/layout.js'
import type { Pointer } from '../../native/libc.js'
import { Region } from '../../native/region.js'

export const SLOTS = 64
/** More than any UDP payload (65,507 bytes over IPv4, 65,527 over IPv6). */
export const PAYLOAD_BYTES = 65_536
/**
 * From one payload to the next. Only the pages that datagrams really fill are ever touched; the odd remainder keeps the
 * beginnings of small ones out of the same few cache lines.
 */
const PAYLOAD_STRIDE = PAYLOAD_BYTES + 4096 + 64
/** Room for a sockaddr_in6. */
export const NAME_STRIDE = 32
/** Room for a packet info and a drop count. */
export const CONTROL_STRIDE = 96

export class MessageSlots {
  readonly headers = new Region(SLOTS * MMSGHDR.size)
  readonly vectors = new Region(SLOTS * IOVEC.size)
  readonly names = new Region(SLOTS * NAME_STRIDE)
  readonly controls = new Region(SLOTS * CONTROL_STRIDE)
  /** Addresses of the payloads. */
  readonly payloads: readonly Pointer[]
  private readonly memory = new Region(SLOTS * PAYLOAD_STRIDE)

  constructor() {
    this.payloads = Array.from({ length: SLOTS }, (_, i) => this.memory.at(i * PAYLOAD_STRIDE))
    for (const [i, payload] of this.payloads.entries()) {
      this.vectors.setPointer(i * IOVEC.size + IOVEC.base, payload)
      this.vectors.setSize(i * IOVEC.size + IOVEC.length, PAYLOAD_BYTES)
      const header = i * MMSGHDR.size
      this.headers.setPointer(header + MMSGHDR.name, this.names.at(i * NAME_STRIDE))
      this.headers.setPointer(header + MMSGHDR.iov, this.vectors.at(i * IOVEC.size))
      this.headers.setSize(header + MMSGHDR.iovLength, 1)
      this.headers.setPointer(header + MMSGHDR.control, this.controls.at(i * CONTROL_STRIDE))
    }
  }
}
