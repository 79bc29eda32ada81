/**
 * Closed sessions on their way to the log: lines gathered and sent in bounded batches, so that an end costs no call.
 * When the channel is full they are dropped and counted; sessions never wait for the log.
 */

import type { WorkerColumn } from '../core/scoreboard/column.js'
import { type CloseRecord, sessionLine } from '../core/session-line.js'
import type { Channel, Engine } from './engine.js'

const BATCH = 256
const FLUSH_AFTER_MS = 50

export class Records {
  private lines = ''
  private count = 0
  private flushPlanned = false
  /** Whether anybody reads them; off saves making them at all. */
  enabled = true

  constructor(
    private readonly engine: Engine,
    private readonly channel: Channel,
    private readonly column: WorkerColumn,
  ) {}

  push(record: CloseRecord): void {
    this.lines += sessionLine(record)
    if (++this.count >= BATCH) this.flush()
    else if (!this.flushPlanned) {
      this.flushPlanned = true
      this.engine.after(FLUSH_AFTER_MS, () => {
        this.flushPlanned = false
        this.flush()
      })
    }
  }

  flush(): void {
    const { count, lines } = this
    if (count === 0) return
    if (this.channel.isFull) this.column.count('recordsDropped', count)
    else this.channel.send({ type: 'closed', count, lines })
    this.lines = ''
    this.count = 0
  }
}
