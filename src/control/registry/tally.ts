/**
 * What the workers counted since somebody last cleared the counters. The scoreboard's own counters only grow, for one
 * worker alone writes each of them: clearing subtracts what stood there.
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

type Baseline<Counter extends string> = ReadonlyMap<Counter, number>

export class Tally {
  private readonly servers = new Map<number, Baseline<ServerCounter>>()
  private readonly backends = new Map<number, Baseline<BackendCounter>>()
  private readonly frontends = new Map<number, Baseline<FrontendCounter>>()

  constructor(private readonly board: Scoreboard) {}

  ofServer(slot: number, counter: ServerCounter): number {
    return this.board.totalOfServer(slot, counter) - (this.servers.get(slot)?.get(counter) ?? 0)
  }
  ofBackend(backend: number, counter: BackendCounter): number {
    return this.board.totalOfBackend(backend, counter) - (this.backends.get(backend)?.get(counter) ?? 0)
  }
  ofFrontend(frontend: number, counter: FrontendCounter): number {
    return this.board.totalOfFrontend(frontend, counter) - (this.frontends.get(frontend)?.get(counter) ?? 0)
  }

  clearServer(slot: number): void {
    this.servers.set(slot, new Map(SERVER_COUNTERS.map((name) => [name, this.board.totalOfServer(slot, name)])))
  }
  clearBackend(backend: number): void {
    this.backends.set(
      backend,
      new Map(BACKEND_COUNTERS.map((name) => [name, this.board.totalOfBackend(backend, name)])),
    )
  }
  clearFrontend(frontend: number): void {
    const totals = FRONTEND_COUNTERS.map((name) => [name, this.board.totalOfFrontend(frontend, name)] as const)
    this.frontends.set(frontend, new Map(totals))
  }

  /** The row will be another's: its cells begin at 0 again. Only while no worker can write to them. */
  forgetServer(slot: number): void {
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
