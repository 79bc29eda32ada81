/** Moves bytes between two streams until both directions have ended, or one side was reset. */
import type { Socket } from 'node:net'
import type { Relay, RelayEnd, Stream } from '../engine.js'
import type { FlowCounters } from '../flow-counters.js'
import { codeOf } from './error-code.js'
import { hiddenReset } from './hidden-reset.js'
import type { ResetWatch } from './reset-watch.js'
import { PortableStream, resetSocket } from './stream.js'

type Side = 'client' | 'server'

export function startRelay(
  resets: ResetWatch,
  client: Stream,
  server: Stream,
  counters: FlowCounters,
  onEnd: (end: RelayEnd) => void,
): Relay {
  if (!(client instanceof PortableStream && server instanceof PortableStream)) {
    throw new TypeError('portable engine: relay takes only streams that this engine made')
  }
  return new PortableRelay(resets, client.release(), server.release(), counters, onEnd)
}

class PortableRelay implements Relay {
  private firstEnded: Side | undefined
  private cut: RelayEnd | undefined
  private open = 2

  constructor(
    private readonly resets: ResetWatch,
    private readonly client: Socket,
    private readonly server: Socket,
    counters: FlowCounters,
    private readonly onEnd: (end: RelayEnd) => void,
  ) {
    this.attend(client, server, 'client')
    this.attend(server, client, 'server')
    this.carry(client, server, (bytes) => counters.fromClient(bytes, performance.now()))
    this.carry(server, client, (bytes) => counters.fromServer(bytes, performance.now()))
  }

  end(): void {
    this.cutBoth({ how: 'ended' })
  }

  private attend(from: Socket, to: Socket, side: Side): void {
    from.on('error', (error) => this.cutBoth({ how: 'reset', by: side, code: codeOf(error) }))
    from.on('close', () => this.closed())
    from.on('end', () => {
      const code = hiddenReset(from)
      if (code !== undefined) {
        this.cutBoth({ how: 'reset', by: side, code })
        return
      }
      this.firstEnded ??= side
      to.end()
    })
  }

  private carry(from: Socket, to: Socket, count: (bytes: number) => void): void {
    from.on('data', (chunk: Buffer) => {
      count(chunk.length)
      if (to.write(chunk)) return
      from.pause()
      this.resets.add(from)
    })
    to.on('drain', () => {
      this.resets.delete(from)
      from.resume()
    })
    this.resets.delete(from)
    from.resume()
  }

  /** The first cause is the one that is told. */
  private cutBoth(end: RelayEnd): void {
    if (this.cut) return
    this.cut = end
    resetSocket(this.client)
    resetSocket(this.server)
  }

  private closed(): void {
    this.open--
    if (this.open === 0) this.onEnd(this.cut ?? { how: 'closed', by: this.firstEnded ?? 'client' })
  }
}
