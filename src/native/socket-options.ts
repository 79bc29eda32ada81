/** Reading and setting what a socket knows of itself. */
import {
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  O_NONBLOCK,
  SIOCOUTQ,
  SK_MEMINFO_DROPS,
  SK_MEMINFO_WORDS,
  SO_ERROR,
  SO_LINGER,
  SO_MEMINFO,
  SOL_SOCKET,
} from './constants.js'
import { errno, fcntl, getsockname, getsockopt, ioctl, setsockopt } from './libc.js'
import { Region } from './region.js'
import { decodeAddress, SOCKADDR_SPACE, type SocketAddress } from './sockaddr.js'

const value = new Region(8)
const length = new Region(4)
const memory = new Region(4 * SK_MEMINFO_WORDS)
const name = new Region(SOCKADDR_SPACE)

/** Sets an int option; 0, or the error number. */
export function setOption(fd: number, level: number, option: number, to: number): number {
  value.setI32(0, to)
  return setsockopt(fd, level, option, value.address, 4) === 0 ? 0 : errno()
}

/** An int option, or undefined where the system does not know it. */
export function getOption(fd: number, level: number, option: number): number | undefined {
  length.setI32(0, 4)
  return getsockopt(fd, level, option, value.address, length.address) === 0 ? value.i32(0) : undefined
}

/** Takes the socket's pending error off it; 0 when there is none. */
export function takeError(fd: number): number {
  return getOption(fd, SOL_SOCKET, SO_ERROR) ?? 0
}

/** Datagrams that the kernel has dropped since the socket was opened, modulo 2^32; 0 where it cannot tell. */
export function kernelDrops(fd: number): number {
  length.setI32(0, memory.bytes.length)
  if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory.address, length.address) !== 0) return 0
  return memory.i32(4 * SK_MEMINFO_DROPS) >>> 0
}

/** Bytes sent that are not with the peer yet, as far as the kernel knows; 0 also where it cannot tell. */
export function bytesUnderWay(fd: number): number {
  return ioctl(fd, SIOCOUTQ, value.address) === 0 ? value.i32(0) : 0
}

/** Makes the next close a reset: socket(7), SO_LINGER with a time of 0. */
export function resetOnClose(fd: number): void {
  value.setI32(0, 1)
  value.setI32(4, 0)
  setsockopt(fd, SOL_SOCKET, SO_LINGER, value.address, 8)
}

/** Where a socket is bound: getsockname(2). Undefined when `fd` is no socket. */
export function localAddress(fd: number): SocketAddress | undefined {
  length.setI32(0, SOCKADDR_SPACE)
  if (getsockname(fd, name.address, length.address) !== 0) return undefined
  return decodeAddress(name, length.i32(0))
}

/** For a descriptor that somebody else opened. */
export function setNonBlocking(fd: number): void {
  const flags = fcntl(fd, F_GETFL, 0)
  if (flags >= 0 && (flags & O_NONBLOCK) === 0) fcntl(fd, F_SETFL, flags | O_NONBLOCK)
}

/** For a descriptor that was inherited: what this process starts does not inherit it again. */
export function setCloseOnExec(fd: number): void {
  fcntl(fd, F_SETFD, FD_CLOEXEC)
}
