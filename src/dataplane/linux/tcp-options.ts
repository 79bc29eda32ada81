/** Socket options of the two sides of a session: tcp(7). Accepted sockets inherit them from their listening socket. */
import type { TcpOptions } from '../../core/messages.js'
import {
  IPPROTO_TCP,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
  TCP_USER_TIMEOUT,
} from '../../native/constants.js'
import { setOption } from '../../native/socket-options.js'

/** Whole seconds, rounded up, at least one: the kernel refuses 0. */
const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000))

/** For a socket that goes by the system's defaults so far; an option that the system refuses stays at its default. */
export function applyTcpOptions(fd: number, { noDelay, keepalive, userTimeoutMs }: TcpOptions): void {
  if (noDelay) setOption(fd, IPPROTO_TCP, TCP_NODELAY, 1)
  if (keepalive) {
    setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
    setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds(keepalive.idleMs))
    setOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds(keepalive.intervalMs))
    setOption(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive.count)
  }
  if (userTimeoutMs > 0) setOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, userTimeoutMs)
}

/** For a listening socket, which may have been given options before; what it accepts inherits them. */
export function replaceTcpOptions(fd: number, options: TcpOptions): void {
  setOption(fd, IPPROTO_TCP, TCP_NODELAY, 0)
  setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 0)
  setOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 0)
  applyTcpOptions(fd, options)
}
