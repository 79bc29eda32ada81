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

/**
 * Best effort: an option that the system refuses leaves its default. Each costs a call, so what is the default of a new
 * socket anyway is not set; `isFresh` says that it is one (a listening socket may carry what it was given before).
 */
export function applyTcpOptions(fd: number, options: TcpOptions, isFresh: boolean): void {
  const { noDelay, keepalive, userTimeoutMs } = options
  if (noDelay || !isFresh) setOption(fd, IPPROTO_TCP, TCP_NODELAY, noDelay ? 1 : 0)
  if (keepalive) {
    setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
    setOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds(keepalive.idleMs))
    setOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds(keepalive.intervalMs))
    setOption(fd, IPPROTO_TCP, TCP_KEEPCNT, keepalive.count)
  } else if (!isFresh) setOption(fd, SOL_SOCKET, SO_KEEPALIVE, 0)
  if (userTimeoutMs > 0 || !isFresh) setOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, userTimeoutMs)
}
