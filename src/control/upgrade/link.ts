/** One end of the connection between two generations: messages in their order, and the end of the other side. */
import type { Socket } from 'node:net'
import { encodeFrame, FrameReader } from '../../core/frames.js'

/** The other generation ended, or took too long. */
export class LinkError extends Error {}

type Waiting<Message> = { resolve(message: Message): void; reject(error: Error): void }

export class Link<Incoming, Outgoing> {
  private readonly arrived: Incoming[] = []
  private waiting: Waiting<Incoming> | undefined
  private late: NodeJS.Timeout | undefined
  private isOver = false

  constructor(private readonly socket: Socket) {
    const frames = new FrameReader()
    socket.on('data', (chunk) => {
      // the other side is headgate as well, of a version that it names in its first message
      for (const message of frames.push(chunk)) this.deliver(message as Incoming)
    })
    socket.on('error', () => {})
    socket.on('close', () => this.over())
  }

  send(message: Outgoing): void {
    this.socket.write(encodeFrame(message))
  }

  /** The next message. One caller at a time. Rejects with LinkError. */
  next(withinMs: number): Promise<Incoming> {
    const first = this.arrived.shift()
    if (first !== undefined) return Promise.resolve(first)
    if (this.isOver) return Promise.reject(new LinkError('it ended'))
    return new Promise<Incoming>((resolve, reject) => {
      this.waiting = { resolve, reject }
      this.late = setTimeout(() => this.fail(`it took more than ${withinMs / 1000} s`), withinMs)
    })
  }

  /** What was sent still arrives. */
  close(): void {
    this.socket.end()
  }

  private deliver(message: Incoming): void {
    const { waiting } = this
    if (!waiting) return void this.arrived.push(message)
    this.stopWaiting()
    waiting.resolve(message)
  }

  private over(): void {
    this.isOver = true
    this.fail('it ended')
  }

  private fail(why: string): void {
    const { waiting } = this
    this.stopWaiting()
    waiting?.reject(new LinkError(why))
  }

  private stopWaiting(): void {
    clearTimeout(this.late)
    this.waiting = undefined
  }
}
