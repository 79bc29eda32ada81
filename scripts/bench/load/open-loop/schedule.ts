/**
 * Sends request i when it is due, i / rate after the beginning, and times its answer from then on, not from when it was
 * sent: what delays the sending (a full core, a proxy that stalls) delays the answer of whoever would have asked.
 */
import { Connections } from './connections.js'

const CONNECTIONS = 64
const GRACE_MS = 1000

export class Schedule {
  private readonly connections: Connections
  private readonly answerLength: number
  private readonly periodMs: number
  private readonly latencies: Float64Array
  /** By connection: answers so far, and bytes of one that has come in part. */
  private readonly answers = new Int32Array(CONNECTIONS)
  private readonly parts = new Int32Array(CONNECTIONS)
  private began = 0
  private sent = 0
  private answered = 0

  /** @param total requests, spread over the connections in turn */
  constructor(
    port: number,
    private readonly perSecond: number,
    private readonly total: number,
  ) {
    this.periodMs = 1000 / perSecond
    this.latencies = new Float64Array(total)
    this.connections = new Connections(port, CONNECTIONS)
    this.answerLength = this.connections.answerLength()
  }

  /** @returns latencies in milliseconds, in the order in which the requests were due */
  run(): Float64Array {
    this.began = performance.now()
    const deadline = this.dueAt(this.total) + GRACE_MS
    while (this.answered < this.total) {
      const now = performance.now()
      if (now > deadline) throw new Error(this.unanswered())
      const next = this.sent < this.total ? this.dueAt(this.sent) : deadline
      this.read(this.connections.wait((next - now) * 1000))
      this.sendDue()
    }
    return this.latencies
  }

  private dueAt(request: number): number {
    return this.began + request * this.periodMs
  }

  private sendDue(): void {
    const due = Math.floor((performance.now() - this.began) / this.periodMs) + 1
    for (const end = Math.min(due, this.total); this.sent < end; this.sent++) {
      this.connections.ask(this.sent % CONNECTIONS)
    }
  }

  private read(events: number): void {
    for (let event = 0; event < events; event++) {
      const connection = this.connections.ready(event)
      const bytes = this.connections.read(connection)
      this.count(connection, (this.parts[connection] ?? 0) + bytes, performance.now())
    }
  }

  /** One read may bring several answers, or a part of one. */
  private count(connection: number, bytes: number, now: number): void {
    let left = bytes
    for (; left >= this.answerLength; left -= this.answerLength) {
      const nth = this.answers[connection] ?? 0
      const request = nth * CONNECTIONS + connection
      this.latencies[request] = now - this.dueAt(request)
      this.answers[connection] = nth + 1
      this.answered++
    }
    this.parts[connection] = left
  }

  private unanswered(): string {
    return `${this.total - this.answered} of ${this.total} requests at ${this.perSecond}/s had no answer`
  }
}
