/**
 * Close records on their way to the log: gathered and sent in bounded batches, so that a session's end costs one push.
 * When the channel is full they are dropped and counted; sessions never wait for the log.
 */

import type { CloseRecord } from '../core/messages.js'
import type { WorkerColumn } from '../core/scoreboard/column.js'
import type { Channel, Engine } from './engine.js'

const BATCH = 256
const FLUSH_AFTER_MS = 50

export class Records {
  private batch: CloseRecord[] = []
  private flushPlanned = false
  /** Whether anybody reads them; off saves making them at all. */
  enabled = true

  constructor(
    private readonly engine: Engine,
    private readonly channel: Channel,
    private readonly column: WorkerColumn,
  ) {}

  push(record: CloseRecord): void {
    this.batch.push(record)
    if (this.batch.length >= BATCH) this.flush()
    else if (!this.flushPlanned) {
      this.flushPlanned = true
      this.engine.after(FLUSH_AFTER_MS, () => {
        this.flushPlanned = false
        this.flush()
      })
    }
  }

  flush(): void {
    if (this.batch.length === 0) return
    if (this.channel.isFull) this.column.count('recordsDropped', this.batch.length)
    else this.channel.send({ type: 'closed', records: this.batch })
    this.batch = []
  }
}
