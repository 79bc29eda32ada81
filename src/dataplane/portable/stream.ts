/** A connected stream over a node:net socket, from accept or connect until it is closed or relayed. */
import type { Socket } from 'node:net'
import type { Address } from '../../core/address.js'
import type { Stream } from '../engine.js'
import { hiddenReset } from './hidden-reset.js'
import type { ResetWatch } from './reset-watch.js'
import type { SpareDescriptors } from './spare-descriptors.js'

/** What all sockets of one engine share. */
export interface Sockets {
  readonly descriptors: SpareDescriptors
  readonly resets: ResetWatch
}

const NOTHING = Buffer.alloc(0)

export class PortableStream implements Stream {
  onGone: (() => void) | undefined

  /** @param socket connected and paused: Node reads nothing from it until somebody resumes it */
  constructor(
    readonly socket: Socket,
    readonly peer: Address,
    resets: ResetWatch,
  ) {
    socket.on('error', this.gone).on('end', this.ended)
    resets.add(socket)
  }

  private readonly gone = () => this.onGone?.()

  /** A socket that a peek has made read goes on reading while it is paused, and tells its end only once. */
  private readonly ended = () => {
    this.hasEnded = true
    const code = hiddenReset(this.socket)
    if (code !== undefined) this.socket.destroy(new Error(code))
  }

  /** What a peek has read; a relay begins with it. */
  peeked: Buffer = NOTHING
  /** The peer has ended its side, and whatever came before that is in `peeked`. */
  hasEnded = false

  /** Hands the socket over to a relay, which listens to it itself. */
  release(): Socket {
    this.onGone = undefined
    return this.socket.off('error', this.gone).off('end', this.ended)
  }

  close(): void {
    this.onGone = undefined
    this.socket.destroySoon()
  }

  /** Gives whoever listens to the socket now what a peek has taken from it. */
  replay(): void {
    const { socket, peeked } = this
    // the session keeps the stream for as long as it lives
    this.peeked = NOTHING
    if (peeked.length > 0) socket.emit('data', peeked)
    if (this.hasEnded) socket.emit('end')
  }

  reset(): void {
    this.onGone = undefined
    resetSocket(this.socket)
  }
}

export function ownStream(stream: Stream): PortableStream {
  if (stream instanceof PortableStream) return stream
  throw new TypeError('portable engine: not a stream of this engine')
}

/** Counts a socket as open until it closes, and forgets it then. */
export function track(sockets: Sockets, socket: Socket): void {
  sockets.descriptors.take()
  socket.once('close', () => {
    sockets.descriptors.giveBack()
    sockets.resets.delete(socket)
  })
}

/** Resets a TCP socket. A unix socket knows no reset: it is closed, whatever is still unsent. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.remoteFamily === undefined) socket.destroy()
  // our FIN is just on its way: libuv refuses to reset until it is out, and Node would then leak the socket
  else if (socket.writableEnded && !socket.writableFinished && socket.writableLength === 0) {
    socket.once('finish', () => resetSocket(socket))
  } else socket.resetAndDestroy()
}
