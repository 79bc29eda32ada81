/** One TCP or unix listener of a frontend: admits what it accepts and makes sessions of it. */
import { formatAddress } from '../../core/address.js'
import type { FrontendShape, ListenerShape } from '../../core/messages.js'
import { admit } from '../admission.js'
import type { Listening, ListenOptions, ListenResult, Stream } from '../engine.js'
import type { Routes } from '../routes.js'
import type { WorkerContext } from '../worker-context.js'
import { TcpSession } from './tcp-session.js'

/** What new sessions are made with; a new configuration replaces it under the open listener. */
export interface TcpService {
  readonly shape: FrontendShape
  readonly routes: Routes
}

export class TcpListener {
  private listening: Listening | undefined

  constructor(
    private readonly context: WorkerContext,
    private service: TcpService,
  ) {}

  /** New sessions are made with this from now on. */
  serve(service: TcpService): void {
    const [was, is] = [optionsOf(this.service.shape), optionsOf(service.shape)]
    this.service = service
    if (!isSame(was, is)) this.listening?.reconfigure(is)
  }

  open(at: ListenerShape, onBound: (result: ListenResult<Listening>) => void): void {
    const handlers = {
      onAccept: (client: Stream) => this.accept(client),
      onAcceptError: (code: string) => this.acceptFailed(at, code),
    }
    this.context.engine.listen(at, optionsOf(this.service.shape), handlers, (result) => {
      if (result.ok) this.listening = result.bound
      onBound(result)
    })
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

function optionsOf({ tcp, backlog, deferAccept }: FrontendShape): ListenOptions {
  return { ...tcp, backlog, deferAccept }
}

function isSame(one: ListenOptions, other: ListenOptions): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
