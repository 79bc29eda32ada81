/** dgram sockets for numeric addresses, which need no name service. */
import { createSocket, type Socket } from 'node:dgram'
import type { InetAddress } from '../../core/address.js'

/** Asked for; the kernel cuts it to net.core.rmem_max and wmem_max (socket(7)). */
const BUFFER_BYTES = 8 * 1024 * 1024

/** Datagrams on their way into one socket, beyond which more are refused. */
export const MOST_UNSENT = 64

/** @param ipv6Only whether [::] leaves IPv4 clients to another socket */
export function datagramSocket(family: InetAddress['family'], ipv6Only = false): Socket {
  const lookup = (host: string, _options: unknown, done: (error: null, host: string, family: number) => void) =>
    done(null, host, family)
  return createSocket({ type: family === 6 ? 'udp6' : 'udp4', ipv6Only, lookup })
}

/** Best effort: some systems refuse a size that Linux would cut. To be called on a bound socket. */
export function enlargeBuffers(socket: Socket): void {
  for (const enlarge of [() => socket.setRecvBufferSize(BUFFER_BYTES), () => socket.setSendBufferSize(BUFFER_BYTES)]) {
    try {
      enlarge()
    } catch {
      // the system's default stays
    }
  }
}
