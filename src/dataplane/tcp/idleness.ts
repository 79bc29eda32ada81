/**
 * Whether a session is silent for too long, and whose silence it is: the client's while the server spoke last, and the
 * server's while the client did. Who has ended its side has nothing to say any more.
 */
import { otherOf, type Relay, type Side } from '../engine.js'
import type { FlowCounters } from '../flow-counters.js'

/** How a silence looked when it had lasted for too long and bytes were under way in it. */
interface Look {
  /** When the silence began. */
  readonly since: number
  readonly at: number
  readonly underWay: number
}

export class Idleness {
  private look: Look | undefined

  constructor(
    private readonly relay: Relay,
    private readonly counters: FlowCounters,
  ) {}

  /** Who has been silent for too long, if anybody; 0 is no limit. Costs system calls only when a limit is reached. */
  blamed(clientIdleMs: number, serverIdleMs: number, now: number): Side | undefined {
    const silentMs = now - this.silentSince()
    const isClientDue = clientIdleMs > 0 && silentMs >= clientIdleMs
    const isServerDue = serverIdleMs > 0 && silentMs >= serverIdleMs
    if (!isClientDue && !isServerDue) return undefined
    const turn = this.turn()
    const side = isClientDue && turn !== 'server' ? 'client' : isServerDue && turn !== 'client' ? 'server' : undefined
    return side !== undefined && this.isMoving(now) ? undefined : side
  }

  private silentSince(): number {
    const { lastAt } = this.counters
    return this.look?.since === lastAt ? this.look.at : lastAt
  }

  private turn(): Side | 'either' {
    const { endedBy } = this.relay
    if (endedBy !== undefined) return this.turnAfter(endedBy)
    const { lastFrom } = this.counters
    return lastFrom === 'nobody' ? 'either' : otherOf(lastFrom)
  }

  /** It can still be too slow to take what is sent to it. */
  private turnAfter(ended: Side): Side {
    return this.relay.bytesUnderWay(ended) > 0 ? ended : otherOf(ended)
  }

  /**
   * Nothing is read while a slow side takes what was read before, which is no silence. What is under way when a limit is
   * first reached may have moved until now or not; from then on it must become less.
   */
  private isMoving(now: number): boolean {
    const since = this.counters.lastAt
    const underWay = this.relay.bytesUnderWay('client') + this.relay.bytesUnderWay('server')
    const isMoving = this.look?.since === since ? underWay < this.look.underWay : underWay > 0
    if (isMoving) this.look = { since, at: now, underWay }
    return isMoving
  }
}
