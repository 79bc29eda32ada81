/** Between the addresses of core and those of the kernel. */
import type { Address } from '../../core/address.js'
import { formatIp } from '../../core/ip.js'
import { toRawAddress } from '../../core/raw-address.js'
import { AF_INET } from '../../native/constants.js'
import { SOCKADDR_IN } from '../../native/layout.js'
import type { Region } from '../../native/region.js'
import { decodeAddress, type EncodedAddress, encodeAddress, type SocketAddress } from '../../native/sockaddr.js'

/** An IPv4 client of an IPv6 socket (::ffff:a.b.c.d) reads as what it is. */
export function fromSocketAddress(address: SocketAddress): Address {
  if (address.family === 'unix') return { family: 'unix', path: address.path }
  const host = formatIp(address.bytes)
  return { family: host.includes(':') ? 6 : 4, host, port: address.port }
}

/** Servers are few and their addresses are asked for again with each session. */
const encoded = new WeakMap<Address, EncodedAddress>()

/** The struct sockaddr of an address: made once for each Address object. */
export function encodedAddress(address: Address): EncodedAddress {
  const known = encoded.get(address)
  if (known) return known
  const made = encodeAddress(toRawAddress(address))
  encoded.set(address, made)
  return made
}

/** A client that was accepted: IPv4 stays a number until somebody asks for its text. */
export class PeerAddress {
  private readonly ipv4: number
  private readonly port: number
  private readonly other: Address | undefined

  /** Reads what accept4 left in `region`. */
  constructor(region: Region, length: number) {
    const isIpv4 = region.u16(SOCKADDR_IN.family) === AF_INET
    this.ipv4 = isIpv4 ? region.i32(SOCKADDR_IN.address) : 0
    this.port = isIpv4 ? bigEndian16(region.u16(SOCKADDR_IN.port)) : 0
    this.other = isIpv4 ? undefined : fromSocketAddress(decodeAddress(region, length))
  }

  /** Not a unix socket. */
  get isInet(): boolean {
    return this.other?.family !== 'unix'
  }

  get address(): Address {
    return this.other ?? { family: 4, host: dotted(this.ipv4), port: this.port }
  }
}

/** From network to host order, or back. */
export function bigEndian16(word: number): number {
  return ((word & 0xff) << 8) | ((word >> 8) & 0xff)
}
/** From network to host order, or back. */
export function bigEndian32(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}

/** `word` in network order, as it stands in little-endian memory. */
function dotted(word: number): string {
  return `${word & 0xff}.${(word >>> 8) & 0xff}.${(word >>> 16) & 0xff}.${word >>> 24}`
}
