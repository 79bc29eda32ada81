/**
 * Opens the sockets that control keeps and hands to its workers. TCP and UDP sockets share their port (SO_REUSEPORT),
 * so that every worker has its own; a unix socket cannot be shared.
 */
import { lstatSync, unlinkSync } from 'node:fs'
import {
  AF_UNIX,
  IP_PKTINFO,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVPKTINFO,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_RXQ_OVFL,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
} from './constants.js'
import { ECONNREFUSED, errnoName } from './errno-name.js'
import { bind, close, connect, errno, listen, socket } from './libc.js'
import { type EncodedAddress, encodeAddress, type SocketAddress } from './sockaddr.js'
import { localAddress, setOption } from './socket-options.js'

export type OpenedSocket =
  /** `address` has the real port where 0 was asked for. */
  | { readonly ok: true; readonly descriptor: number; readonly address: SocketAddress }
  /** `code` is the errno name, e.g. EADDRINUSE. */
  | { readonly ok: false; readonly code: string }

export interface OpenOptions {
  /** Let further sockets of the same user bind the same port. */
  readonly reusePort: boolean
  /** Whether an IPv6 socket leaves IPv4 clients to another one. Default: [::] takes them, whatever the system's default. */
  readonly ipv6Only?: boolean
  /** Length of the accept queue, listen(2); capped by net.core.somaxconn. */
  readonly backlog: number
}

/** A bound and listening TCP or unix stream socket. A stale socket file is replaced, a live one is EADDRINUSE. */
export function openListeningSocket(address: SocketAddress, options: OpenOptions): OpenedSocket {
  if (address.family === 'unix') removeStaleSocket(address.path)
  const opened = openBound(address, SOCK_STREAM, {
    ...options,
    reusePort: options.reusePort && address.family !== 'unix',
  })
  if (opened.ok && listen(opened.descriptor, options.backlog) < 0) return failed(opened.descriptor)
  return opened
}

/** A bound UDP socket; its datagrams come with what `describeDatagrams` asks for. */
export function openDatagramSocket(address: SocketAddress, options: Omit<OpenOptions, 'backlog'>): OpenedSocket {
  return openBound(address, SOCK_DGRAM, options)
}

function openBound(
  address: SocketAddress,
  type: number,
  { reusePort, ipv6Only = false }: Omit<OpenOptions, 'backlog'>,
): OpenedSocket {
  const { domain, region, length } = encodeAddress(address)
  const fd = socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) return { ok: false, code: errnoName(errno()) }
  // a restarted daemon binds while old connections linger in TIME_WAIT; UDP has none, and there it would share the port
  if (type === SOCK_STREAM && address.family !== 'unix') setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  if (address.family === 6) setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, ipv6Only ? 1 : 0)
  if (reusePort) setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1)
  // before it is bound: of a datagram that is queued sooner the kernel has not noted it, ip(7)
  if (type === SOCK_DGRAM) describeDatagrams(fd, address)
  if (bind(fd, region.address, length) < 0) return failed(fd)
  return { ok: true, descriptor: fd, address: localAddress(fd) ?? address }
}

/** Asks for the kernel's drops, and for the address that each datagram came to where the socket is bound to all of them. */
export function describeDatagrams(fd: number, address: SocketAddress): void {
  setOption(fd, SOL_SOCKET, SO_RXQ_OVFL, 1)
  if (address.family === 'unix' || address.bytes.some((byte) => byte !== 0)) return
  if (address.family === 4) setOption(fd, IPPROTO_IP, IP_PKTINFO, 1)
  else setOption(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
}

function failed(fd: number): OpenedSocket {
  const code = errnoName(errno())
  close(fd)
  return { ok: false, code }
}

/** For whoever bound it, when it closes its socket: the file would stay behind. */
export function removeSocketFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // somebody else has tidied up, or the folder may not be written any more: it is stale now, and will be replaced
  }
}

/** A socket file that nobody listens on any more is left by a process that was killed. */
function removeStaleSocket(path: string): void {
  if (!isSocket(path)) return
  const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
  if (fd < 0) return
  if (isRefused(fd, encodeAddress({ family: 'unix', path }))) removeSocketFile(path)
  close(fd)
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket()
  } catch {
    // not there, or not ours to see: bind(2) tells what is in the way
    return false
  }
}

function isRefused(fd: number, { region, length }: EncodedAddress): boolean {
  return connect(fd, region.address, length) < 0 && errno() === ECONNREFUSED
}
