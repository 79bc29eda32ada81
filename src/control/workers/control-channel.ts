/**
 * Control's end of a worker process's channel: frames over a unix stream socket, in order. Listening sockets and flow links
 * travel beside their message (unix(7), SCM_RIGHTS).
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net'
import { encodeFrame, type Frame, FrameReader } from '../../core/frames.js'
import type { FromWorker, ToWorker } from '../../core/messages.js'
import { SCM_MAX_FD } from '../../native/constants.js'
import { sendWithDescriptors } from '../../native/descriptor-passing.js'
import { EAGAIN, errnoName } from '../../native/errno-name.js'
import { Delivery } from './delivery.js'

/** As much as a worker's records fill of a socket's buffer. */
const READ_BYTES = 131_072
/** The worker has not yet taken what the socket's buffer holds. */
const TRY_AGAIN_MS = 5

export interface ControlChannel {
  send(message: ToWorker): void
  close(): void
}

/** Takes over `descriptor`. That the worker is gone is told by its exit alone. */
export function openControlChannel(descriptor: number, onMessage: (message: FromWorker) => void): ControlChannel {
  const frames = new FrameReader()
  const delivery = new Delivery()
  const room = Buffer.allocUnsafeSlow(READ_BYTES)
  // one buffer for all reads: a new one for each brought on a major collection after every few
  const onread = {
    buffer: room,
    callback: (length: number) => {
      for (const frame of frames.push(room.subarray(0, length))) {
        const message = fromFrame(frame)
        if (message.type === 'answer') delivery.answered(message)
        onMessage(message)
      }
      return true
    },
  }
  // onread is documented (net.Socket), its type is missing
  const options: SocketConstructorOpts & { onread: OnReadOpts } = {
    fd: descriptor,
    readable: true,
    writable: true,
    onread,
  }
  const socket = new Socket(options)
  // the worker died: its exit tells the same
  socket.on('error', () => {})
  const outgoing = new Outgoing(socket, descriptor)
  return {
    send: (message) => {
      const { message: readdressed, descriptors } = delivery.pack(message)
      outgoing.send({ frame: encodeFrame(readdressed), descriptors })
    },
    close: () => socket.destroy(),
  }
}

/** Lines for the log travelled beside their message. */
function fromFrame({ message, text }: Frame): FromWorker {
  const received = message as FromWorker // our own worker speaks our own messages
  return received.type === 'closed' ? { ...received, lines: text } : received
}

interface Parcel {
  readonly frame: Uint8Array
  readonly descriptors: readonly number[]
}

/**
 * Descriptors go by a call of our own, which must not overtake what the stream has still queued; nor may what comes after
 * overtake them.
 */
class Outgoing {
  private readonly queue: Parcel[] = []
  /** Frames that the stream has queued. */
  private writing = 0
  private retry: NodeJS.Timeout | undefined

  constructor(
    private readonly socket: Socket,
    private readonly descriptor: number,
  ) {}

  send(parcel: Parcel): void {
    this.queue.push(parcel)
    if (this.queue.length === 1) this.sendQueued()
  }

  private sendQueued(): void {
    for (let first = this.queue[0]; first !== undefined; first = this.queue[0]) {
      if (first.descriptors.length > 0) {
        if (!this.handOver(first)) return
      } else {
        this.queue.shift()
        this.write(first.frame)
      }
    }
  }

  /**
   * One message takes only so many descriptors: each load goes with a byte of the frame, the last with all the rest. False
   * when nothing can go now.
   */
  private handOver({ frame, descriptors }: Parcel): boolean {
    // the descriptor is the stream's: once it is closed, the number may be somebody else's
    if (this.writing > 0 || this.retry !== undefined || this.socket.destroyed) return false
    const load = descriptors.slice(0, SCM_MAX_FD)
    const rest = descriptors.slice(SCM_MAX_FD)
    const sent = sendWithDescriptors(this.descriptor, rest.length === 0 ? frame : frame.subarray(0, 1), load)
    if (sent === -EAGAIN) this.tryAgain()
    else if (sent < 0) this.socket.destroy(new Error(`handing over sockets failed with ${errnoName(-sent)}`))
    else this.queue[0] = { frame: frame.subarray(sent), descriptors: rest }
    return sent >= 0
  }

  private tryAgain(): void {
    this.retry = setTimeout(() => {
      this.retry = undefined
      this.sendQueued()
    }, TRY_AGAIN_MS)
  }

  private write(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.writing++
    this.socket.write(bytes, () => {
      this.writing--
      if (this.writing === 0) this.sendQueued()
    })
  }
}
