/**
 * Finds resets that Node does not see. libuv polls a socket only while it reads from it or has something to write, so a
 * client that is reset while it waits for its server, or while a stalled server holds back its data, would live on
 * for ever. A write of no bytes puts nothing on the wire and returns the socket's pending error (tcp_sendmsg).
 * Limits: unix sockets report nothing this way, and neither does a socket to which we have already sent our FIN.
 */
import type { Socket } from 'node:net'

/** A reset is noticed after at most this long. */
export const RESET_WATCH_MS = 500

export class ResetWatch {
  private readonly sockets = new Set<Socket>()
  private timer: NodeJS.Timeout | undefined

  /** From now on `socket` emits 'error' when its peer resets it. Twice is once. */
  add(socket: Socket): void {
    this.sockets.add(socket)
    this.timer ??= setInterval(() => this.ask(), RESET_WATCH_MS)
  }

  /** To be called when reading begins, and when the socket closes. */
  delete(socket: Socket): void {
    this.sockets.delete(socket)
  }

  private ask(): void {
    for (const socket of this.sockets) {
      // with bytes waiting to be written, libuv polls the socket anyhow
      if (!socket.writableEnded && !socket.destroyed && socket.writableLength === 0) socket.write('')
    }
    if (this.sockets.size > 0) return
    clearInterval(this.timer)
    this.timer = undefined
  }
}
