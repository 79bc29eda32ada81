/** Our options of a socket in node:net's words. */
import type { TcpOptions } from '../../core/messages.js'

/** Bytes of a stream that may wait in this process, beyond one read (64 kB): twice that for each session. */
const BUFFERED_BYTES = 65_536
export const HIGH_WATER_MARK = {
  highWaterMark: BUFFERED_BYTES,
} as const

/** Interval and count of keepalive probes are libuv's: 1 s, 10 probes. */
export function keepaliveOptions({ noDelay, keepalive }: TcpOptions) {
  if (!keepalive) return { noDelay, keepAlive: false }
  // Node cuts to whole seconds, and the kernel takes no 0 (TCP_KEEPIDLE, tcp(7))
  return { noDelay, keepAlive: true, keepAliveInitialDelay: Math.max(1000, keepalive.idleMs) }
}
