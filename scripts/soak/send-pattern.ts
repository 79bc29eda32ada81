/** Sends much through a socket without holding it all in memory. */
import type { Socket } from 'node:net'
import { LONGEST_PIECE, piece } from './pattern.js'

/** Sends `length` bytes of the stream of `seed` as fast as they are taken, then calls `onSent`, at once if it can. */
export function sendPattern(socket: Socket, seed: number, length: number, onSent: () => void = () => {}): void {
  let sent = 0
  const go = () => {
    while (sent < length) {
      if (socket.destroyed) return
      const bytes = piece(seed, sent, Math.min(LONGEST_PIECE, length - sent))
      sent += bytes.length
      if (!socket.write(bytes) && sent < length) {
        socket.once('drain', go)
        return
      }
    }
    onSent()
  }
  go()
}
