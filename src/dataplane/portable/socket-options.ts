/** Our options of a socket in node:net's words. */
import type { TcpOptions } from '../../core/messages.js'

/** Interval and count of keepalive probes are libuv's: 1 s, 10 probes. */
export function keepaliveOptions({ noDelay, keepalive }: TcpOptions) {
  if (!keepalive) return { noDelay, keepAlive: false }
  // Node cuts to whole seconds, and the kernel takes no 0 (TCP_KEEPIDLE, tcp(7))
  return { noDelay, keepAlive: true, keepAliveInitialDelay: Math.max(1000, keepalive.idleMs) }
}
