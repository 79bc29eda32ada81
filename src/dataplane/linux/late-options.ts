/**
 * TCP options of connections to servers, set late: with the second send, or once the connection is a second old. Nagle's
 * algorithm never holds back a first send, and a keepalive or user timeout counts in seconds; so short connections,
 * of which there are many, are spared five calls each. Accepted ones cost nothing: they inherit from their listener.
 */
import type { EventLoop } from './event-loop.js'
import { TcpStream } from './tcp-stream.js'
import { Timer } from './timer-heap.js'

const PERIOD_MS = 1000

export class LateOptions {
  /** Descriptor and stamp of each: the streams themselves would be kept alive beyond their end. */
  private young: number[] = []
  private older: number[] = []
  private isRunning = false
  private readonly timer = new Timer(() => this.grow())

  constructor(private readonly loop: EventLoop) {}

  /** The stream has just been put into the loop, with its `lateOptions`. */
  add(stream: TcpStream): void {
    this.young.push(stream.fd, stream.stamp)
    if (this.isRunning) return
    this.isRunning = true
    this.loop.startTimer(this.timer, PERIOD_MS)
  }

  /** Those that were young a period ago are at least a second old now. */
  private grow(): void {
    const { older } = this
    for (let i = 0; i < older.length; i += 2) {
      const stream = this.loop.holder(older[i] ?? -1, older[i + 1] ?? 0)
      if (stream instanceof TcpStream) stream.applyLateOptions()
    }
    older.length = 0
    this.older = this.young
    this.young = older
    this.isRunning = this.older.length > 0
    if (this.isRunning) this.loop.startTimer(this.timer, PERIOD_MS)
  }
}
