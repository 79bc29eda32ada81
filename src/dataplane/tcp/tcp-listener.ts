/** One TCP or unix listener of a frontend: admits what it accepts and makes sessions of it. */
import { formatAddress } from '../../core/address.js'
import type { FrontendShape, ListenerShape } from '../../core/messages.js'
import { admit } from '../admission.js'
import type { Listening, ListenResult, Stream } from '../engine.js'
import type { Routes } from '../routes.js'
import type { WorkerContext } from '../worker-context.js'
import { TcpSession } from './tcp-session.js'

/** What new sessions are made with; a new configuration replaces it under the open listener. */
export interface TcpService {
  readonly shape: FrontendShape
  readonly routes: Routes
}

export class TcpListener {
  constructor(
    private readonly context: WorkerContext,
    private service: TcpService,
  ) {}

  /** New sessions are made with this from now on. */
  serve(service: TcpService): void {
    this.service = service
  }

  open(at: ListenerShape, onBound: (result: ListenResult<Listening>) => void): void {
    const { shape } = this.service
    const options = { ...shape.tcp, backlog: shape.backlog, deferAccept: shape.deferAccept }
    const handlers = {
      onAccept: (client: Stream) => this.accept(client),
      onAcceptError: (code: string) => this.acceptFailed(at, code),
    }
    this.context.engine.listen(at, options, handlers, onBound)
  }

  private accept(client: Stream): void {
    const { shape, routes } = this.service
    const admission = admit(this.context.column, shape.id)
    const session = new TcpSession(this.context, shape, routes, client)
    if (admission === 'admitted') session.begin()
    else session.turnAway(admission)
  }

  private acceptFailed(at: ListenerShape, code: string): void {
    const { column, notify } = this.context
    column.countFrontend(this.service.shape.id, 'acceptErrors')
    const exhausted = code === 'EMFILE' || code === 'ENFILE'
    if (exhausted) column.count('descriptorsExhausted')
    notify(exhausted ? 'descriptors-exhausted' : 'listener-failed', `accept on ${formatAddress(at.address)}: ${code}`)
  }
}
