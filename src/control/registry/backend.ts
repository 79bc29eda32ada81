/** One backend as the control plane knows it. */

import type * as config from '../../config/config.js'
import type { InetAddress } from '../../core/address.js'
import { type AskedRole, bitsOf, LANES_OF } from '../../core/lane.js'
import type { TcpOptions, WaitingLimits } from '../../core/messages.js'
import type { PolicyDefinition } from '../../core/policy/policy.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import { isServing } from '../../core/server-state.js'
import type { Pause } from './pause.js'
import type { Server } from './server.js'

export interface BackendSettings {
  /** Row in the scoreboard. */
  readonly id: number
  /** HAProxy's `iid`: unique over frontends and backends, from 2 on. */
  readonly iid: number
  readonly name: string
  readonly policy: PolicyDefinition
  readonly key: 'address' | 'address:port'
  readonly connectTimeoutMs: number
  readonly retries: number
  readonly serverIdleMs: number
  readonly udpIdleMs: number
  readonly tcp: TcpOptions
  readonly source: InetAddress | undefined
  readonly check: config.CheckConfig | false
  readonly agent?: config.AgentConfig | undefined
  readonly roles: config.Backend['roles']
  readonly endings: config.Backend['endings']
  /** Undefined where only an operator rebalances. */
  readonly rebalance?: config.Backend['rebalance']
  readonly waiting: WaitingLimits
}

export class Backend {
  /** Unix time, ms, of the last change between having and not having a server in rotation. */
  changedAt: number
  /** Milliseconds spent without a server in rotation before the present state began. */
  downMs = 0
  /** Times it lost its last server in rotation. */
  downs = 0
  /** Who takes writes, where its check can tell roles; undefined where nobody does, or there is no telling. */
  primary: Server | undefined
  /** Those that say that they are the primary, when there is more than one. */
  rivals: readonly Server[] = []
  /** For the registry to set. */
  pause: Pause | undefined
  private byName: ReadonlyMap<string, Server>

  constructor(
    readonly board: Scoreboard,
    private present: BackendSettings,
    private members: readonly Server[],
    now: number,
  ) {
    this.changedAt = now
    this.byName = nameMap(members)
  }

  get settings(): BackendSettings {
    return this.present
  }
  get servers(): readonly Server[] {
    return this.members
  }
  /** For the registry: takes new settings and members. */
  adopt(settings: BackendSettings, servers: readonly Server[]): void {
    this.present = settings
    this.members = servers
    this.byName = nameMap(servers)
  }

  get id(): number {
    return this.settings.id
  }
  get name(): string {
    return this.settings.name
  }
  /** Servers in rotation: ready, up, weight above 0. A full server is still one of them. */
  get serving(): readonly Server[] {
    return this.servers.filter((server) => isServing(this.board, server.slot))
  }
  get isUp(): boolean {
    return this.serving.length > 0
  }
  /** Milliseconds without a server in rotation until now (Unix time, ms). As of a server, no clock takes any off. */
  downtime(now: number): number {
    return this.downMs + (this.isUp ? 0 : Math.max(0, now - this.changedAt))
  }
  /** Those of them that serve who asks for this role. */
  servingAs(role: AskedRole): readonly Server[] {
    const lanes = bitsOf(LANES_OF[role])
    return this.servers.filter((server) => isServing(this.board, server.slot, lanes))
  }
  /** Sessions that wait for a server of it. */
  get waiting(): number {
    return this.board.waitingFor(this.id)
  }
  server(name: string): Server | undefined {
    return this.byName.get(name)
  }
}

function nameMap(servers: readonly Server[]): ReadonlyMap<string, Server> {
  return new Map(servers.map((server) => [server.name, server]))
}
