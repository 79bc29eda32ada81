/**
 * What a session of a postgres frontend does beyond moving bytes. A CancelRequest comes over a connection of its own and
 * must reach the server that has the session: so each session's key is learnt as the server tells it, and the first
 * packet of each connection is looked at before a server is chosen.
 */
import type { FrontendShape } from '../../core/messages.js'
import { Opening } from '../../core/postgres/opening.js'
import type { CancelKey } from '../../core/postgres/startup-packet.js'
import type { CancelWay } from '../../core/reasons.js'
import type { Cancel, Stream, Watches } from '../engine.js'
import type { Routes } from '../routes.js'
import type { Picked } from '../worker-backend.js'
import type { WorkerContext } from '../worker-context.js'
import type { Spread } from './cancels.js'
import { awaitFirstPacket, type FirstPacket } from './first-packet.js'

export type Errand =
  /** It is a session like any other. */
  | { readonly for: 'any-server' }
  /** It cancels a session of this server. */
  | { readonly for: 'server'; readonly picked: Picked }
  /** It cancelled a session that nobody knows: all servers have been asked. */
  | { readonly for: 'all-servers'; readonly spread: Spread }
  /** The client has ended without a byte. */
  | { readonly for: 'nothing' }

const NO_ENTRY = -1

export class PostgresSession {
  /** How a CancelRequest went on; undefined for other sessions. */
  cancelled: CancelWay | undefined
  private entry = NO_ENTRY
  private stopWaiting: Cancel | undefined
  private isOver = false

  constructor(
    private readonly context: WorkerContext,
    private readonly shape: FrontendShape,
    private readonly routes: Routes,
  ) {}

  /** @param onErrand called once, unless `end` comes before */
  begin(client: Stream, onErrand: (errand: Errand) => void): void {
    this.stopWaiting = awaitFirstPacket(this.context.engine, client, (packet) => {
      this.stopWaiting = undefined
      this.decide(packet, onErrand)
    })
  }

  private decide(packet: FirstPacket, onErrand: (errand: Errand) => void): void {
    if (packet.kind === 'cancel') return this.cancel(packet.key, onErrand)
    if (packet.kind === 'silence') this.context.column.countFrontend(this.shape.id, 'silentClients')
    onErrand({ for: packet.kind === 'nothing' ? 'nothing' : 'any-server' })
  }

  private cancel(key: CancelKey, onErrand: (errand: Errand) => void): void {
    const { cancels, column } = this.context
    const picked = this.routes.pickServer(cancels.ownerOf(key))
    if (picked) {
      this.cancelled = 'owner'
      column.countFrontend(this.shape.id, 'cancelsToOwner')
      return onErrand({ for: 'server', picked })
    }
    this.cancelled = 'all'
    cancels.spread(key, this.routes.servers, (spread) => {
      if (this.isOver) return
      if (spread.ok) column.countFrontend(this.shape.id, 'cancelsToAll')
      onErrand({ for: 'all-servers', spread })
    })
  }

  /** For the relay between the client and the server of this row. */
  watches(server: number): Watches | undefined {
    if (this.cancelled) return undefined
    const opening = new Opening({
      onKey: (key) => {
        this.entry = this.context.cancels.learn(key, server)
      },
      onCancel: (key) => this.copy(key, server),
    })
    return {
      fromClient: (bytes) => {
        opening.fromClient(bytes)
        return opening.hasClientBegun || opening.isOver
      },
      fromServer: (bytes) => {
        opening.fromServer(bytes)
        return opening.isOver
      },
    }
  }

  /** A server was chosen before it showed that the client only cancels: the relay brings it there, copies elsewhere. */
  private copy(key: CancelKey, chosen: number): void {
    const { cancels, column } = this.context
    const owner = cancels.ownerOf(key)
    this.cancelled = owner === chosen ? 'owner' : 'copied'
    column.countFrontend(this.shape.id, owner === chosen ? 'cancelsToOwner' : 'cancelsCopied')
    if (owner === chosen) return
    const others = this.routes.servers.filter(({ slot }) => slot !== chosen)
    const known = others.filter(({ slot }) => slot === owner)
    cancels.spread(key, known.length > 0 ? known : others, () => {})
  }

  /** The session is over. */
  end(): void {
    this.isOver = true
    this.stopWaiting?.()
    this.context.cancels.forget(this.entry)
    this.entry = NO_ENTRY
  }
}
