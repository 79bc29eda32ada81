/** A backend over a board of its own, for the tests of policies: states are set as control would, sessions as workers would. */
import { BackendCandidates, serverIdentity } from '../../src/core/candidates.js'
import { buildTable } from '../../src/core/policy/maglev-table.js'
import type { Policy, PolicyDefinition, Random } from '../../src/core/policy/policy.js'
import { WorkerColumn } from '../../src/core/scoreboard/column.js'
import { BACKEND_FIELD } from '../../src/core/scoreboard/layout.js'
import { Scoreboard, type ServerField } from '../../src/core/scoreboard/scoreboard.js'
import { ADMIN_CODE, type AdminState, HEALTH_CODE, type Health } from '../../src/core/server-state.js'
import { finalise } from '../../src/core/session-key.js'

export interface ServerSetup {
  readonly name: string
  readonly weight?: number
  readonly admin?: AdminState
  readonly health?: Health
  readonly maxSessions?: number
  /** Sessions that it holds from the start, all of worker 0. */
  readonly live?: number
}

export interface BackendSetup {
  readonly workers?: number
  /** A process maps an ArrayBuffer, a thread shares a SharedArrayBuffer. */
  readonly memory?: 'process' | 'thread'
}

/** Not 0, so that a row mistaken for its neighbour is noticed. */
const BACKEND = 1

export class TestBackend {
  readonly board: Scoreboard
  readonly candidates: BackendCandidates
  readonly workers: readonly WorkerColumn[]

  constructor(
    readonly servers: readonly ServerSetup[],
    { workers = 1, memory = 'thread' }: BackendSetup = {},
  ) {
    const capacity = { servers: servers.length + 3, backends: 2, frontends: 1, workers }
    const bytes = Scoreboard.bytesFor(capacity)
    this.board = Scoreboard.create(
      memory === 'thread' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes),
      capacity,
    )
    this.workers = Array.from({ length: workers }, (_, worker) => new WorkerColumn(this.board, worker))
    const shapes = servers.map(({ name }, position) => ({ slot: this.slot(position), name }))
    this.candidates = new BackendCandidates(this.board, BACKEND, shapes)
    servers.forEach((server, position) => {
      this.setUp(server, position)
    })
    this.rebuildTable()
  }

  /** Backwards and behind unused rows, so that a position mistaken for a slot is noticed. */
  slot(position: number): number {
    return this.servers.length + 1 - position
  }
  /** As many positions as there are servers. */
  get positions(): readonly number[] {
    return this.servers.map((_, position) => position)
  }
  policy(definition: PolicyDefinition, seed = 1): Policy {
    return definition.create(this.candidates, seededRandom(seed))
  }

  set(position: number, field: ServerField, value: number): void {
    this.board.setServer(this.slot(position), field, value)
    this.board.bumpGeneration(BACKEND)
  }
  setWeight(position: number, weight: number): void {
    this.set(position, 'weight', weight)
    this.set(position, 'effectiveWeight', weight)
    this.rebuildTable()
  }
  enter(position: number, worker = 0): void {
    this.workers[worker]?.enterServer(this.slot(position))
  }
  leave(position: number, worker = 0): void {
    this.workers[worker]?.leaveServer(this.slot(position))
  }
  setCursor(value: number): void {
    Atomics.store(this.board.ints, this.board.backendRow(BACKEND) + BACKEND_FIELD.cursors.any, value | 0)
  }
  setTable(entries: Uint16Array): void {
    this.board.replaceTable(BACKEND, entries)
  }

  private setUp(server: ServerSetup, position: number): void {
    const { weight = 1, admin = 'ready', health = 'up', maxSessions = 0, live = 0 } = server
    this.set(position, 'weight', weight)
    this.set(position, 'effectiveWeight', weight)
    this.set(position, 'admin', ADMIN_CODE[admin])
    this.set(position, 'health', HEALTH_CODE[health])
    this.set(position, 'maxSessions', maxSessions)
    for (let i = 0; i < live; i++) this.enter(position)
  }

  private rebuildTable(): void {
    this.setTable(
      buildTable(
        this.servers.map(({ name }, position) => ({
          identity: serverIdentity(name),
          weight: this.board.server(this.slot(position), 'weight'),
        })),
      ),
    )
  }
}

/** Servers named s0, s1, … with these weights. */
export function serversOf(weights: readonly number[]): ServerSetup[] {
  return weights.map((weight, i) => ({ name: `s${i}`, weight }))
}

/** Keys as session-key makes them out of clients that have nothing to do with one another. */
export function keyOf(client: number): number {
  return finalise(client + 1)
}

/** Mulberry32: chance that is the same in every run. */
export function seededRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
