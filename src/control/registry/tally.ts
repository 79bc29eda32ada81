/**
 * What was counted since somebody last cleared the counters. The scoreboard's own counters only grow, for one worker alone
 * writes each of them, and so do control's, for metrics show them: clearing subtracts what stood there.
 */
import {
  BACKEND_COUNTERS,
  type BackendCounter,
  FRONTEND_COUNTERS,
  type FrontendCounter,
  SERVER_COUNTERS,
  type ServerCounter,
} from '../../core/scoreboard/counters.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { Backend } from './backend.js'
import { type Counts, countsOf } from './counts.js'
import { FormerServers } from './former-servers.js'
import type { Frontend } from './frontend.js'
import type { CheckState, Server } from './server.js'

/** What control counts itself: each object has some of it. */
interface Outages {
  readonly downs?: number
  readonly downMs?: number
  readonly failures?: number
}

export class Tally {
  private readonly servers = new Map<number, Counts<ServerCounter>>()
  private readonly backends = new Map<number, Counts<BackendCounter>>()
  private readonly frontends = new Map<number, Counts<FrontendCounter>>()
  private readonly former: FormerServers
  private readonly serversOf = new WeakMap<Backend, Counts<ServerCounter>>()
  /** By the object itself: a check that is replaced begins at 0. */
  private readonly outages = new WeakMap<Backend | Server | CheckState, Required<Outages>>()

  constructor(private readonly board: Scoreboard) {
    this.former = new FormerServers(board)
  }

  ofServer(slot: number, counter: ServerCounter): number {
    return this.board.totalOfServer(slot, counter) - (this.servers.get(slot)?.get(counter) ?? 0)
  }
  /** Of its servers together, those included that it has no more. */
  ofServersOf(backend: Backend, counter: ServerCounter): number {
    return this.totalOfServersOf(backend, counter) - (this.serversOf.get(backend)?.get(counter) ?? 0)
  }
  /** The same since the start, whatever was cleared. */
  totalOfServersOf(backend: Backend, counter: ServerCounter): number {
    const present = backend.servers.reduce((sum, { slot }) => sum + this.board.totalOfServer(slot, counter), 0)
    return present + this.former.total(backend, counter)
  }
  ofBackend(backend: number, counter: BackendCounter): number {
    return this.board.totalOfBackend(backend, counter) - (this.backends.get(backend)?.get(counter) ?? 0)
  }
  ofFrontend(frontend: number, counter: FrontendCounter): number {
    return this.board.totalOfFrontend(frontend, counter) - (this.frontends.get(frontend)?.get(counter) ?? 0)
  }

  /** Until now (Unix time, ms), in ms. The outage that lasts counts whole. */
  downtimeOf(of: Backend | Server, now: number): number {
    return of.downtime(now) - (this.outages.get(of)?.downMs ?? 0)
  }
  downsOf(of: Backend | CheckState): number {
    return of.downs - (this.outages.get(of)?.downs ?? 0)
  }
  failuresOf(check: CheckState): number {
    return check.failures - (this.outages.get(check)?.failures ?? 0)
  }

  clearServer(server: Server): void {
    const { slot, check } = server
    this.servers.set(
      slot,
      countsOf(SERVER_COUNTERS, (name) => this.board.totalOfServer(slot, name)),
    )
    this.clearOutages(server)
    if (check) this.clearOutages(check)
  }
  clearBackend(backend: Backend): void {
    const { id } = backend
    this.backends.set(
      id,
      countsOf(BACKEND_COUNTERS, (name) => this.board.totalOfBackend(id, name)),
    )
    this.serversOf.set(
      backend,
      countsOf(SERVER_COUNTERS, (name) => this.totalOfServersOf(backend, name)),
    )
    this.clearOutages(backend)
  }
  clearFrontend({ id }: Frontend): void {
    this.frontends.set(
      id,
      countsOf(FRONTEND_COUNTERS, (name) => this.board.totalOfFrontend(id, name)),
    )
  }
  private clearOutages(of: (Backend | Server | CheckState) & Outages): void {
    const { downs = 0, downMs = 0, failures = 0 } = of
    this.outages.set(of, { downs, downMs, failures })
  }

  /** The backend stays, without this server. */
  noteFormer({ slot }: Server, of: Backend): void {
    this.former.add(slot, of)
  }

  /** The row will be another's: its cells begin at 0 again. Only while no worker can write to them. */
  forgetServer(slot: number): void {
    this.former.settle(slot)
    this.servers.delete(slot)
    this.board.clearServer(slot)
  }
  forgetBackend(backend: number): void {
    this.backends.delete(backend)
    this.board.clearBackend(backend)
  }
  forgetFrontend(frontend: number): void {
    this.frontends.delete(frontend)
    this.board.clearFrontend(frontend)
  }
}
