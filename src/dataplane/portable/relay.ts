/** Moves bytes between two streams until both directions have ended, or one side was reset. */
import type { Socket } from 'node:net'
import type { Relay, RelayEnd, Side, Stream, Watch, Watches } from '../engine.js'
import type { FlowCounters } from '../flow-counters.js'
import { codeOf } from './error-code.js'
import { hiddenReset } from './hidden-reset.js'
import type { ResetWatch } from './reset-watch.js'
import { ownStream, type PortableStream, resetSocket } from './stream.js'

export function startRelay(
  resets: ResetWatch,
  client: Stream,
  server: Stream,
  counters: FlowCounters,
  onEnd: (end: RelayEnd) => void,
  watches: Watches | undefined,
): Relay {
  return new PortableRelay(resets, ownStream(client), ownStream(server), counters, onEnd, watches)
}

class PortableRelay implements Relay {
  private firstEnded: Side | undefined
  private cut: RelayEnd | undefined
  private open = 2
  private readonly client: Socket
  private readonly server: Socket

  constructor(
    private readonly resets: ResetWatch,
    clientStream: PortableStream,
    serverStream: PortableStream,
    counters: FlowCounters,
    private readonly onEnd: (end: RelayEnd) => void,
    watches: Watches | undefined,
  ) {
    const client = clientStream.release()
    const server = serverStream.release()
    this.client = client
    this.server = server
    this.attend(client, server, 'client')
    this.attend(server, client, 'server')
    if (watches) {
      watch(client, watches.fromClient)
      watch(server, watches.fromServer)
    }
    this.carry(client, server, (bytes) => counters.fromClient(bytes, performance.now()))
    this.carry(server, client, (bytes) => counters.fromServer(bytes, performance.now()))
    clientStream.replay()
  }

  end(): void {
    this.cutBoth({ how: 'ended' })
  }

  closeIfQuiet(): boolean {
    if (this.cut || this.firstEnded || ![this.client, this.server].every(isQuiet)) return false
    this.cut = { how: 'ended' }
    this.client.destroySoon()
    this.server.destroySoon()
    return true
  }

  get endedBy(): Side | undefined {
    return this.firstEnded
  }

  bytesUnderWay(to: Side): number {
    return (to === 'client' ? this.client : this.server).writableLength
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

function isQuiet({ destroyed, readableLength, writableLength }: Socket): boolean {
  return !destroyed && readableLength === 0 && writableLength === 0
}

function watch(from: Socket, sees: Watch): void {
  const onData = (chunk: Buffer) => {
    if (sees(chunk)) from.off('data', onData)
  }
  from.on('data', onData)
}
