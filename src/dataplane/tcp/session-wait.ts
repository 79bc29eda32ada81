/** How a session's waiting for a server stands. It may have to wait more than once: the server it got may fail it. */
import type { Cancel, ConnectError } from '../engine.js'
import type { Place } from './waiting-line.js'

export class SessionWait {
  /** Where it waits now. */
  place: Place | undefined
  /** Why no server could be reached, when that is what it waits for. */
  failure: ConnectError | undefined
  private stopLooking: Cancel | undefined
  private beganAt = 0
  private pastMs = 0

  /** @param since when it first had to wait: what it may wait counts from there */
  constructor(readonly since: number) {}

  /** @param stopLooking at the client, when it waits no more */
  begin(place: Place, failure: ConnectError | undefined, now: number, stopLooking: Cancel): void {
    this.place = place
    this.stopLooking = stopLooking
    this.failure = failure
    this.beganAt = now
  }

  end(now: number): void {
    this.pastMs = this.ms(now)
    this.place = undefined
    this.stopLooking?.()
    this.stopLooking = undefined
  }

  /** Milliseconds, all times together. */
  ms(now: number): number {
    return this.pastMs + (this.place === undefined ? 0 : now - this.beganAt)
  }
}
