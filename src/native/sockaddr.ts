/** Socket addresses as the kernel reads and writes them. Hosts are bytes in network order; their text is not our part. */
import { AF_INET, AF_INET6, AF_UNIX } from './constants.js'
import { SOCKADDR_IN, SOCKADDR_IN6, SOCKADDR_UN } from './layout.js'
import { Region } from './region.js'

/** 4 or 16 bytes of host, in network order. */
export interface InetSocketAddress {
  readonly family: 4 | 6
  readonly bytes: Uint8Array
  readonly port: number
  /** The interface of a link-local IPv6 address; 0 else. */
  readonly scope?: number
}

/** A path in the file system; empty for a socket without a name. At most 107 bytes. */
export interface UnixSocketAddress {
  readonly family: 'unix'
  readonly path: string
}

export type SocketAddress = InetSocketAddress | UnixSocketAddress

/** Room for any of the three structs. */
export const SOCKADDR_SPACE = 112

function domainOf(address: SocketAddress): number {
  if (address.family === 'unix') return AF_UNIX
  return address.family === 4 ? AF_INET : AF_INET6
}

/** A struct sockaddr and how much of its region it takes. */
export interface EncodedAddress {
  /** AF_INET, AF_INET6 or AF_UNIX, for socket(2). */
  readonly domain: number
  readonly region: Region
  readonly length: number
}

export function encodeAddress(address: SocketAddress): EncodedAddress {
  const region = new Region(SOCKADDR_SPACE)
  const domain = domainOf(address)
  region.setU16(0, domain)
  if (address.family === 'unix') return { domain, region, length: writePath(region, address.path) }
  region.bytes[SOCKADDR_IN.port] = address.port >> 8
  region.bytes[SOCKADDR_IN.port + 1] = address.port
  if (address.family === 4) {
    region.bytes.set(address.bytes, SOCKADDR_IN.address)
    return { domain, region, length: SOCKADDR_IN.size }
  }
  region.bytes.set(address.bytes, SOCKADDR_IN6.address)
  region.setI32(SOCKADDR_IN6.scope, address.scope ?? 0)
  return { domain, region, length: SOCKADDR_IN6.size }
}

function writePath(region: Region, path: string): number {
  const bytes = new TextEncoder().encode(path)
  if (bytes.length >= SOCKADDR_UN.pathSize) {
    throw new RangeError(`unix socket path of ${bytes.length} bytes: at most ${SOCKADDR_UN.pathSize - 1} fit`)
  }
  region.bytes.set(bytes, SOCKADDR_UN.path)
  return SOCKADDR_UN.path + (bytes.length === 0 ? 0 : bytes.length + 1)
}

/** The address that a call left in `region`, `length` bytes of it. */
export function decodeAddress(region: Region, length: number): SocketAddress {
  const { bytes } = region
  switch (region.u16(0)) {
    case AF_INET:
      return { family: 4, bytes: bytes.slice(SOCKADDR_IN.address, SOCKADDR_IN.address + 4), port: portIn(region) }
    case AF_INET6: {
      const host = bytes.slice(SOCKADDR_IN6.address, SOCKADDR_IN6.address + 16)
      return { family: 6, bytes: host, port: portIn(region), scope: region.i32(SOCKADDR_IN6.scope) }
    }
    default:
      return { family: 'unix', path: pathIn(bytes.subarray(SOCKADDR_UN.path, length)) }
  }
}

function portIn(region: Region): number {
  return ((region.bytes[SOCKADDR_IN.port] ?? 0) << 8) | (region.bytes[SOCKADDR_IN.port + 1] ?? 0)
}

/** An abstract name (a leading NUL) reads as empty, like no name at all. */
function pathIn(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}
