/**
 * What the registry shall hold next, with rows for what is new: told to the workers first, and adopted when they took it
 * or abandoned when they did not. Who keeps its name stays who it is, with its row, its counters and its history.
 */
import type * as config from '../../config/config.js'
import { type Address, formatAddress, type NamedAddress, type ServerAddress } from '../../core/address.js'
import { serverIdentity } from '../../core/candidates.js'
import { EVERY_LANE, LANE_BIT } from '../../core/lane.js'
import { findPolicy } from '../../core/policy/list.js'
import { buildTable } from '../../core/policy/maglev-table.js'
import { ADMIN_CODE, type AdminState, HEALTH_CODE } from '../../core/server-state.js'
import { Backend, type BackendSettings } from './backend.js'
import { Frontend, type FrontendSettings, type Route } from './frontend.js'
import type { Membership, PlannedBackend, PlannedFrontend, PlannedServer } from './membership.js'
import type { Registry } from './registry.js'
import type { Rows } from './rows.js'
import { Server, type ServerSettings } from './server.js'

/** Frontends and backends as somebody wants them: a config, and what was added at run time. */
export interface Declared {
  readonly frontends: readonly config.Frontend[]
  readonly backends: readonly DeclaredBackend[]
}

export interface DeclaredBackend extends Omit<config.Backend, 'servers'> {
  readonly servers: readonly DeclaredServer[]
}

export type DeclaredServer = config.Backend['servers'][number] & {
  /** What a new server begins with; `ready` when absent. One that is there already keeps what it has. */
  readonly admin?: AdminState
}

/** The present address of a host name; undefined while it is not known. */
export type AddressOf = (address: NamedAddress) => Address | undefined

/** The scoreboard has no room: its capacity is fixed at start. The message is for the user. */
export class NoRoom extends Error {}

export class Plan implements Membership {
  readonly backends: readonly PlannedBackend[]
  readonly frontends: readonly PlannedFrontend[]
  private readonly claimed: { readonly rows: Rows; readonly row: number }[] = []

  /**
   * @param now Unix time, ms. Throws NoRoom, and has claimed nothing then.
   * @param addressOf what is known of a name already: a server that is new there then takes sessions at once
   */
  constructor(
    private readonly registry: Registry,
    declared: Declared,
    private readonly now: number,
    private readonly addressOf: AddressOf = () => undefined,
  ) {
    try {
      this.frontends = []
      this.backends = declared.backends.map((backend) => this.planBackend(backend))
      this.frontends = declared.frontends.map((frontend) => this.planFrontend(frontend))
    } catch (error) {
      this.abandon()
      throw error
    }
  }

  /** Nothing came of it: rows of what is new are free again. */
  abandon(): void {
    for (const { rows, row } of this.claimed) rows.giveBack(row)
  }

  private claim(what: keyof Registry['rows']): number {
    const rows = this.registry.rows[what]
    const row = rows.take()
    if (row === undefined) {
      throw new NoRoom(`no room for more than ${rows.capacity} ${what}: room is made at start, so restart headgate`)
    }
    this.claimed.push({ rows, row })
    return row
  }

  private planBackend(declared: DeclaredBackend): PlannedBackend {
    const { board } = this.registry
    const policy = findPolicy(declared.policy)
    if (!policy) throw new Error(`backend ${declared.name}: the config check let policy ${declared.policy} through`)
    const present = this.registry.backend(declared.name)
    const id = present?.id ?? this.claim('backends')
    const iid = present?.settings.iid ?? this.registry.nextIid()
    const settings: BackendSettings = { ...declared, id, iid, policy }
    const sids = new Set(present?.servers.map((server) => server.settings.sid))
    const servers = declared.servers.map((server) => this.planServer(declared.name, server, present, sids))
    // before any worker goes by it; the table of one that has it already changes when the workers have its new servers
    if (policy.tabled && !present?.settings.policy.tabled)
      board.replaceTable(id, buildTable(declared.servers.map(member)))
    return { backend: present ?? new Backend(board, settings, [], this.now), settings, servers }
  }

  private planServer(
    backend: string,
    declared: DeclaredServer,
    among: Backend | undefined,
    sids: Set<number>,
  ): PlannedServer {
    const { board } = this.registry
    const present = among?.server(declared.name)
    const sid = present?.settings.sid ?? firstFree(sids)
    sids.add(sid)
    const slot = present?.slot ?? this.claim('servers')
    const { name, address, weight, maxSessions, admin } = declared
    const settings: ServerSettings = { backend, name, address, weight, maxSessions, slot, sid, ...(admin && { admin }) }
    if (present) return { server: present, slot, name, settings, resolved: this.resolvedFor(present, address) }
    const resolved = this.resolve(address)
    this.storeServer(slot, declared, resolved)
    return { server: new Server(board, settings, this.now), slot, name, settings, resolved }
  }

  /** An address set at run time, or found by the resolver, holds until the declared one changes. */
  private resolvedFor(server: Server, address: ServerAddress): Address | undefined {
    if (formatAddress(address) === formatAddress(server.settings.address)) return server.resolved
    return this.resolve(address)
  }

  private resolve(address: ServerAddress): Address | undefined {
    return address.family === 'name' ? this.addressOf(address) : address
  }

  private storeServer(
    slot: number,
    { admin = 'ready', weight, maxSessions }: DeclaredServer,
    resolved: Address | undefined,
  ): void {
    const { board } = this.registry
    board.setServer(slot, 'admin', ADMIN_CODE[admin])
    // a name that has not resolved yet cannot take sessions; the resolver says when it can
    board.setServer(slot, 'health', resolved ? HEALTH_CODE.up : HEALTH_CODE.down)
    // the lane of a role is for who has shown it
    board.setServer(slot, 'barred', EVERY_LANE & ~LANE_BIT.any)
    board.setServer(slot, 'weight', weight)
    board.setServer(slot, 'effectiveWeight', weight)
    board.setServer(slot, 'maxSessions', maxSessions)
  }

  private planFrontend(declared: config.Frontend): PlannedFrontend {
    const { board } = this.registry
    const present = this.registry.frontend(declared.name)
    const id = present?.id ?? this.claim('frontends')
    const routes = declared.routes.map(({ backend: name, weight: configured }): Route => {
      const to = this.backends.find(({ backend }) => backend.name === name)
      if (!to) throw new Error(`frontend ${declared.name}: the config check let an unknown backend through`)
      return { backend: to.backend, configured }
    })
    const isNew = (route: Route) => !present?.backends.includes(route.backend)
    for (const route of routes.filter(isNew)) board.setRouteWeight(id, route.backend.id, route.configured)
    const settings: FrontendSettings = { ...declared, id, iid: present?.settings.iid ?? this.registry.nextIid() }
    if (!present) board.setFrontendMaxSessions(id, declared.maxSessions)
    const backends = routes.map(({ backend }) => backend)
    const frontend = present ?? new Frontend(board, settings, routes)
    return { frontend, settings, routes, backends, isEnabled: frontend.isEnabled }
  }
}

function member({ name, weight }: DeclaredServer) {
  return { identity: serverIdentity(name), weight }
}

function firstFree(sids: ReadonlySet<number>): number {
  let sid = 1
  while (sids.has(sid)) sid++
  return sid
}
