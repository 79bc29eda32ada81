/** The last lines of the log but for sessions', at whatever level it writes: `show events` tells and follows them. */
import { EventEmitter, once } from 'node:events'
import type { LogEvent, LogFields } from './events.js'

export interface LoggedEvent {
  /** Counts from 1, and goes on when the oldest are forgotten. */
  readonly number: number
  /** Unix time, ms. */
  readonly at: number
  readonly event: LogEvent
  readonly words: string
  readonly fields: LogFields
}

/** What a follower gets at once. */
export interface Fresh {
  /** Events that were forgotten before it came to take them. */
  readonly missed: number
  readonly fresh: readonly LoggedEvent[]
}

export class RecentEvents {
  private readonly kept: LoggedEvent[] = []
  private readonly arrivals = new EventEmitter<{ event: [] }>().setMaxListeners(0)
  /** The number that the next event will have. */
  next = 1

  constructor(
    private readonly clock: () => number = Date.now,
    /** The most that are kept. */
    readonly capacity = 1_000,
  ) {}

  note(event: LogEvent, words: string, fields: LogFields): void {
    this.kept.push({ number: this.next++, at: this.clock(), event, words, fields })
    if (this.kept.length > this.capacity) this.kept.shift()
    this.arrivals.emit('event')
  }

  /** Oldest first. */
  last(count: number): readonly LoggedEvent[] {
    return count === 0 ? [] : this.kept.slice(-count)
  }

  /** Events from that number on, as they come, until the signal. A follower costs no memory however slow it is. */
  async *from(number: number, stop: AbortSignal): AsyncGenerator<Fresh> {
    let wanted = number
    while (!stop.aborted) {
      if (wanted === this.next) {
        await once(this.arrivals, 'event', { signal: stop }).catch(() => undefined)
        continue
      }
      const fresh = this.kept.filter((event) => event.number >= wanted)
      const missed = this.next - wanted - fresh.length
      wanted = this.next
      yield { missed, fresh }
    }
  }
}
