/** One frontend as the control plane knows it. */
import type { Address } from '../../core/address.js'
import type { TcpOptions } from '../../core/messages.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { Backend } from './backend.js'

export interface FrontendSettings {
  /** Row in the scoreboard. */
  readonly id: number
  /** HAProxy's `iid`: unique over frontends and backends, from 2 on. */
  readonly iid: number
  readonly name: string
  readonly protocol: 'tcp' | 'udp'
  readonly listen: readonly Address[]
  readonly clientIdleMs: number
  readonly logEmpty: boolean
  readonly tcp: TcpOptions
  readonly backlog: number
  readonly deferAccept: boolean
}

export class Frontend {
  /** What is really bound, ports filled in; empty until a worker has bound it. */
  bound: readonly Address[] = []

  constructor(
    readonly board: Scoreboard,
    readonly settings: FrontendSettings,
    readonly backend: Backend,
  ) {}

  get id(): number {
    return this.settings.id
  }
  get name(): string {
    return this.settings.name
  }
  /** 0 means no limit. */
  get maxSessions(): number {
    return this.board.frontendMaxSessions(this.id)
  }
  get live(): number {
    return this.board.liveOfFrontend(this.id)
  }
}
