/**
 * One end of the connection between two generations: messages in their order, and the end of the other side. A message is
 * a line of JSON: the two may be of different versions, and what workers speak may change with any of them.
 */
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** The other generation ended, or took too long. */
export class LinkError extends Error {}

type Waiting<Message> = { resolve(message: Message): void; reject(error: Error): void }

export class Link<Incoming, Outgoing> {
  private readonly arrived: Incoming[] = []
  private waiting: Waiting<Incoming> | undefined
  private late: NodeJS.Timeout | undefined
  private isOver = false

  constructor(private readonly socket: Socket) {
    createInterface({ input: socket }).on('line', (line) => this.read(line))
    socket.on('error', () => {})
    socket.on('close', () => this.over())
  }

  send(message: Outgoing): void {
    this.socket.write(`${JSON.stringify(message)}\n`)
  }

  /** The next message. One caller at a time. Rejects with LinkError, or with the reason of a signal that aborts it. */
  async next(withinMs: number, signal?: AbortSignal): Promise<Incoming> {
    signal?.throwIfAborted()
    const give = () => this.fail(signal?.reason)
    signal?.addEventListener('abort', give)
    try {
      return await this.arrive(withinMs)
    } finally {
      signal?.removeEventListener('abort', give)
    }
  }

  private arrive(withinMs: number): Promise<Incoming> {
    const first = this.arrived.shift()
    if (first !== undefined) return Promise.resolve(first)
    if (this.isOver) return Promise.reject(new LinkError('it ended'))
    return new Promise<Incoming>((resolve, reject) => {
      this.waiting = { resolve, reject }
      this.late = setTimeout(() => this.fail(new LinkError(`it took more than ${withinMs / 1000} s`)), withinMs)
    })
  }

  /** What was sent still arrives. */
  close(): void {
    this.socket.end()
  }

  private read(line: string): void {
    try {
      // the other side is headgate as well, and says in its first message which form of these messages it speaks
      this.deliver(JSON.parse(line) as Incoming)
    } catch {
      this.socket.destroy()
    }
  }

  private deliver(message: Incoming): void {
    const { waiting } = this
    if (!waiting) return void this.arrived.push(message)
    this.stopWaiting()
    waiting.resolve(message)
  }

  private over(): void {
    this.isOver = true
    this.fail(new LinkError('it ended'))
  }

  private fail(error: Error): void {
    const { waiting } = this
    this.stopWaiting()
    waiting?.reject(error)
  }

  private stopWaiting(): void {
    clearTimeout(this.late)
    this.waiting = undefined
  }
}
