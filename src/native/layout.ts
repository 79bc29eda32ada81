/**
 * Where the fields of the kernel's structs stand, in bytes, on 64-bit little-endian Linux (x86-64 and arm64). Only
 * epoll_event differs between the two: <sys/epoll.h> packs it on x86-64 alone, so that 32-bit programs may share it.
 */

/** struct epoll_event: u32 events, then a u64 of ours, here used as two ints. */
export interface EpollEventLayout {
  readonly size: number
  readonly events: 0
  readonly low: number
  readonly high: number
}

export function epollEventLayout(architecture: NodeJS.Architecture): EpollEventLayout {
  return architecture === 'x64' ? { size: 12, events: 0, low: 4, high: 8 } : { size: 16, events: 0, low: 8, high: 12 }
}

/** struct iovec, readv(2). */
export const IOVEC = { size: 16, base: 0, length: 8 } as const

/** struct mmsghdr, recvmmsg(2): a struct msghdr (the first 56 bytes) and the length received or sent. */
export const MMSGHDR = {
  size: 64,
  name: 0,
  nameLength: 8,
  iov: 16,
  iovLength: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  length: 56,
} as const

/** struct cmsghdr, cmsg(3): a u64 length (the header included), level, type, then the data; each aligned to 8. */
export const CMSGHDR = { size: 16, length: 0, level: 8, type: 12 } as const

/** CMSG_LEN: what stands in the header for `data` bytes of data. */
export function cmsgLength(data: number): number {
  return CMSGHDR.size + data
}
/** CMSG_SPACE: bytes taken up by a control message with `data` bytes of data. */
export function cmsgSpace(data: number): number {
  return CMSGHDR.size + Math.ceil(data / 8) * 8
}

/** struct sockaddr_in, sockaddr_in6 and sockaddr_un: ip(7), ipv6(7), unix(7). */
export const SOCKADDR_IN = { size: 16, family: 0, port: 2, address: 4 } as const
export const SOCKADDR_IN6 = { size: 28, family: 0, port: 2, flowInfo: 4, address: 8, scope: 24 } as const
export const SOCKADDR_UN = { size: 110, family: 0, path: 2, pathSize: 108 } as const

/** struct in_pktinfo, ip(7): the interface, the local address to answer from, the address in the header. */
export const IN_PKTINFO = { size: 12, interface: 0, local: 4, header: 8 } as const
/** struct in6_pktinfo, ipv6(7). */
export const IN6_PKTINFO = { size: 20, address: 0, interface: 16 } as const
