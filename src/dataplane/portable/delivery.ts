/** One message to a peer that is then left to end the connection. */
import type { Cancel, Stream } from '../engine.js'
import { ownStream, resetSocket } from './stream.js'

export function deliver(message: Uint8Array, to: Stream, onEnd: () => void): Cancel {
  const socket = ownStream(to).release()
  socket
    .on('error', () => {}) // 'close' follows
    .on('end', () => socket.end())
    .on('close', onEnd)
    .resume()
  socket.write(message)
  return () => {
    socket.off('close', onEnd)
    resetSocket(socket)
  }
}
