/** A relay between two streams: one way each, joined at their ends. */
import { SHUT_WR } from '../../native/constants.js'
import { errnoName } from '../../native/errno-name.js'
import { shutdown } from '../../native/libc.js'
import { bytesUnderWay, takeError } from '../../native/socket-options.js'
import { otherOf, type Relay, type RelayEnd, type Side, type Watches } from '../engine.js'
import type { FlowCounters } from '../flow-counters.js'
import type { EventLoop, Task } from './event-loop.js'
import { MOVED, type Moved, OneWay, type RelayMeans } from './one-way.js'
import type { StreamOwner, TcpStream } from './tcp-stream.js'

type OnEnd = (end: RelayEnd) => void

export class StreamRelay implements Relay, StreamOwner, Task {
  private readonly upstream: OneWay
  private readonly downstream: OneWay
  private firstToEnd: Side | undefined
  private isScheduled = false
  private isOver = false

  constructor(
    private readonly loop: EventLoop,
    means: RelayMeans,
    private readonly client: TcpStream,
    private readonly server: TcpStream,
    counters: FlowCounters,
    private readonly onEnd: OnEnd,
    watches: Watches | undefined,
  ) {
    this.upstream = new OneWay(means, client, server, counters, true, watches?.fromClient)
    this.downstream = new OneWay(means, server, client, counters, false, watches?.fromServer)
    client.owner = this
    server.owner = this
    this.schedule()
  }

  private schedule(): void {
    if (this.isScheduled) return
    this.isScheduled = true
    this.loop.later(this)
  }

  /** A further helping at the end of the turn. */
  run(): void {
    this.isScheduled = false
    if (!this.isOver) this.onReady()
  }

  onReady(): void {
    const now = this.loop.now()
    const up = this.upstream.move(now)
    if (up >= MOVED.ended && !this.settle(up, this.upstream, 'client', this.server)) return
    const down = this.downstream.move(now)
    if (down >= MOVED.ended && !this.settle(down, this.downstream, 'server', this.client)) return
    const hasMore = up === MOVED.more || down === MOVED.more
    if (hasMore) this.schedule()
    else if (this.client.hasFailed) this.brokenBy('client', takeError(this.client.fd))
    else if (this.server.hasFailed) this.brokenBy('server', takeError(this.server.fd))
  }

  /** One way has ended or broken. False when the relay is over with it. */
  private settle(moved: Moved, way: OneWay, source: Side, sink: TcpStream): boolean {
    if (moved !== MOVED.ended) {
      this.brokenBy(moved === MOVED.sourceBroken ? source : otherOf(source), way.error)
      return false
    }
    if (this.firstToEnd === undefined) {
      this.firstToEnd = source
      shutdown(sink.fd, SHUT_WR)
      return true
    }
    this.release()
    this.client.close()
    this.server.close()
    this.onEnd({ how: 'closed', by: this.firstToEnd })
    return false
  }

  /** A reset on one side is a reset on the other, never a clean end: a cut transfer must not look complete. */
  private brokenBy(by: Side, error: number): void {
    this.resetBoth()
    this.onEnd({ how: 'reset', by, code: error === 0 ? 'ECONNRESET' : errnoName(error) })
  }

  end(): void {
    if (this.isOver) return
    this.resetBoth()
    this.onEnd({ how: 'ended' })
  }

  closeIfQuiet(): boolean {
    if (this.isOver || !this.isQuiet()) return false
    this.release()
    this.client.close()
    this.server.close()
    this.onEnd({ how: 'ended' })
    return true
  }

  private isQuiet(): boolean {
    const { upstream, downstream, client, server } = this
    const isHeld = upstream.isBlocked || downstream.isBlocked
    return !isHeld && this.firstToEnd === undefined && client.isQuiet() && server.isQuiet()
  }

  get endedBy(): Side | undefined {
    return this.firstToEnd
  }

  bytesUnderWay(to: Side): number {
    const { upstream, downstream, client, server } = this
    return to === 'client' ? downstream.held + bytesUnderWay(client.fd) : upstream.held + bytesUnderWay(server.fd)
  }

  private resetBoth(): void {
    this.release()
    this.client.reset()
    this.server.reset()
  }

  private release(): void {
    this.isOver = true
    this.upstream.drop()
    this.downstream.drop()
  }
}
