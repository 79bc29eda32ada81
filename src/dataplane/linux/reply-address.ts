/** Where a flow's replies go, and from which local address: the words of the datagram that opened it. */
import { AF_INET, AF_INET6, IP_PKTINFO, IPPROTO_IP, IPPROTO_IPV6, IPV6_PKTINFO } from '../../native/constants.js'
import {
  CMSGHDR,
  cmsgLength,
  cmsgSpace,
  IN_PKTINFO,
  IN6_PKTINFO,
  SOCKADDR_IN,
  SOCKADDR_IN6,
} from '../../native/layout.js'
import type { Region } from '../../native/region.js'
import { bigEndian16, bigEndian32 } from './socket-address.js'

/** Plain numbers, in host order, so that a flow costs one small object. */
export class ReplyAddress {
  private readonly client0: number
  private readonly client1: number
  private readonly client2: number
  private readonly client3: number
  private readonly port: number
  private readonly local0: number
  private readonly local1: number
  private readonly local2: number
  private readonly local3: number

  /**
   * @param keys as of Datagrams, from word `at` on
   * @param isIpv6 the family of the port's socket: an IPv6 one takes IPv4 clients as ::ffff:a.b.c.d
   */
  constructor(
    keys: Int32Array,
    at: number,
    readonly scope: number,
    private readonly isIpv6: boolean,
  ) {
    const word = (i: number) => keys[at + i] ?? 0
    this.client0 = word(0)
    this.client1 = word(1)
    this.client2 = word(2)
    this.client3 = word(3)
    this.port = word(4)
    this.local0 = word(5)
    this.local1 = word(6)
    this.local2 = word(7)
    this.local3 = word(8)
  }

  /** Writes a struct sockaddr; returns its length. */
  writeName(into: Region, at: number): number {
    into.setU16(at, this.isIpv6 ? AF_INET6 : AF_INET)
    into.setU16(at + SOCKADDR_IN.port, bigEndian16(this.port))
    if (!this.isIpv6) {
      into.setI32(at + SOCKADDR_IN.address, bigEndian32(this.client3))
      return SOCKADDR_IN.size
    }
    into.setI32(at + SOCKADDR_IN6.flowInfo, 0)
    writeWords(into, at + SOCKADDR_IN6.address, this.client0, this.client1, this.client2, this.client3)
    into.setI32(at + SOCKADDR_IN6.scope, this.scope)
    return SOCKADDR_IN6.size
  }

  /** Writes the control message that sets the source of a reply; returns its length, 0 when routing may choose. */
  writeControl(into: Region, at: number): number {
    if ((this.local0 | this.local1 | this.local2 | this.local3) === 0) return 0
    const data = at + CMSGHDR.size
    if (!this.isIpv6) {
      writeHeader(into, at, IPPROTO_IP, IP_PKTINFO, IN_PKTINFO.size)
      into.setI32(data + IN_PKTINFO.interface, 0)
      into.setI32(data + IN_PKTINFO.local, bigEndian32(this.local3))
      into.setI32(data + IN_PKTINFO.header, 0)
      return cmsgSpace(IN_PKTINFO.size)
    }
    writeHeader(into, at, IPPROTO_IPV6, IPV6_PKTINFO, IN6_PKTINFO.size)
    writeWords(into, data + IN6_PKTINFO.address, this.local0, this.local1, this.local2, this.local3)
    into.setI32(data + IN6_PKTINFO.interface, 0)
    return cmsgSpace(IN6_PKTINFO.size)
  }
}

function writeHeader(into: Region, at: number, level: number, type: number, data: number): void {
  into.setSize(at + CMSGHDR.length, cmsgLength(data))
  into.setI32(at + CMSGHDR.level, level)
  into.setI32(at + CMSGHDR.type, type)
}

function writeWords(into: Region, at: number, a: number, b: number, c: number, d: number): void {
  into.setI32(at, bigEndian32(a))
  into.setI32(at + 4, bigEndian32(b))
  into.setI32(at + 8, bigEndian32(c))
  into.setI32(at + 12, bigEndian32(d))
}
