/** What one recvmmsg brought to a port. One for all ports: a batch is dealt with before the next is read. */
import {
  AF_INET,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_PKTINFO,
  SO_RXQ_OVFL,
  SOL_SOCKET,
} from '../../native/constants.js'
import { CMSGHDR, IN_PKTINFO, IN6_PKTINFO, MMSGHDR, SOCKADDR_IN, SOCKADDR_IN6 } from '../../native/layout.js'
import { NULL, type Pointer, recvmmsg } from '../../native/libc.js'
import { type Datagrams, KEY_WORDS } from '../engine.js'
import { CONTROL_STRIDE, MessageSlots, NAME_STRIDE, SLOTS } from './message-slots.js'
import { bigEndian16, bigEndian32 } from './socket-address.js'

const HEADER_WORDS = MMSGHDR.size / 4
const NAME_LENGTH = MMSGHDR.nameLength / 4
const CONTROL_LENGTH = MMSGHDR.controlLength / 4
const LENGTH = MMSGHDR.length / 4
/** ::ffff:0:0/96, RFC 4291 section 2.5.5.2. */
const MAPPED = 0xffff
/** ff00::/8, RFC 4291 section 2.7. */
const IPV6_MULTICAST = 0xff
/** 224.0.0.0/4, RFC 1112 section 4. */
const IPV4_MULTICAST = 0xe
/** 255.255.255.255 as a word of a key, which is signed. */
const IPV4_BROADCAST = -1
const PORT_WORD = 4
const LOCAL_WORD = 5

export class ReceivedDatagrams implements Datagrams {
  count = 0
  readonly keys = new Int32Array(SLOTS * KEY_WORDS)
  /** SO_RXQ_OVFL as the last datagram that had one carried it: drops since the socket was opened, modulo 2^32. */
  drops: number | undefined
  private readonly slots = new MessageSlots()
  private readonly headers = this.slots.headers.words

  constructor() {
    this.reset(SLOTS)
  }

  length(i: number): number {
    return this.headers[i * HEADER_WORDS + LENGTH] ?? 0
  }

  payload(i: number): Pointer {
    return this.slots.payloads[i] ?? NULL
  }

  /** Interface of a link-local client; 0 else. */
  scope(i: number): number {
    const { names } = this.slots
    const at = i * NAME_STRIDE
    return names.u16(at) === AF_INET ? 0 : names.i32(at + SOCKADDR_IN6.scope)
  }

  /** Reads what is there, at most SLOTS datagrams. Negative when it fails: errno() tells why. */
  receive(fd: number): number {
    this.reset(this.count)
    this.drops = undefined
    const got = recvmmsg(fd, this.slots.headers.address, SLOTS, 0, NULL)
    this.count = Math.max(got, 0)
    for (let i = 0; i < this.count; i++) this.readKey(i)
    return got
  }

  /** Lengths are in-out: what the last batch used must be set again. */
  private reset(count: number): void {
    for (let i = 0; i < count; i++) {
      this.headers[i * HEADER_WORDS + NAME_LENGTH] = NAME_STRIDE
      this.headers[i * HEADER_WORDS + CONTROL_LENGTH] = CONTROL_STRIDE
    }
  }

  private readKey(i: number): void {
    const { keys } = this
    const { names } = this.slots
    const name = i * NAME_STRIDE
    const key = i * KEY_WORDS
    if (names.u16(name) === AF_INET) this.setIpv4(key, names.i32(name + SOCKADDR_IN.address))
    else this.copyIpv6(key, names.words, (name + SOCKADDR_IN6.address) >> 2)
    keys[key + PORT_WORD] = bigEndian16(names.u16(name + SOCKADDR_IN.port))
    for (let word = LOCAL_WORD; word < KEY_WORDS; word++) keys[key + word] = 0
    this.readControl(i, key)
  }

  /** Control messages stand one behind the other: cmsg(3). */
  private readControl(i: number, key: number): void {
    const { keys } = this
    const { controls } = this.slots
    let at = i * CONTROL_STRIDE
    const end = at + (this.headers[i * HEADER_WORDS + CONTROL_LENGTH] ?? 0)
    while (at + CMSGHDR.size <= end) {
      const length = controls.i32(at + CMSGHDR.length)
      const level = controls.i32(at + CMSGHDR.level)
      const type = controls.i32(at + CMSGHDR.type)
      const data = at + CMSGHDR.size
      if (level === IPPROTO_IP && type === IP_PKTINFO) {
        // no local address was noted for what was queued before it was asked for: for unicast the header has the same
        const local = controls.i32(data + IN_PKTINFO.local) || controls.i32(data + IN_PKTINFO.header)
        this.setIpv4(key + LOCAL_WORD, local)
      } else if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO) {
        this.copyIpv6(key + LOCAL_WORD, controls.words, (data + IN6_PKTINFO.address) >> 2)
      } else if (level === SOL_SOCKET && type === SO_RXQ_OVFL) this.drops = controls.i32(data) >>> 0
      at += Math.max((length + 7) & ~7, CMSGHDR.size)
    }
    if (this.isGroup(key + LOCAL_WORD)) keys.fill(0, key + LOCAL_WORD, key + KEY_WORDS)
  }

  /** Nothing can be sent from there: routing must choose. A subnet's broadcast address does not show; `Replies` finds out. */
  private isGroup(at: number): boolean {
    const { keys } = this
    const first = keys[at] ?? 0
    const last = keys[at + 3] ?? 0
    if (first !== 0) return first >>> 24 === IPV6_MULTICAST
    return keys[at + 2] === MAPPED && (last >>> 28 === IPV4_MULTICAST || last === IPV4_BROADCAST)
  }

  private setIpv4(at: number, networkOrder: number): void {
    const { keys } = this
    keys[at] = 0
    keys[at + 1] = 0
    keys[at + 2] = MAPPED
    keys[at + 3] = bigEndian32(networkOrder)
  }

  private copyIpv6(at: number, words: Int32Array, from: number): void {
    for (let word = 0; word < 4; word++) this.keys[at + word] = bigEndian32(words[from + word] ?? 0)
  }
}
