/** A backend as a worker sees it: its servers, its policy over the scoreboard, and the limit of each server. */
import type { Address } from '../core/address.js'
import { BackendCandidates } from '../core/candidates.js'
import { clientKey } from '../core/client-key.js'
import { HOLD_CODE } from '../core/hold.js'
import type { Lane } from '../core/lane.js'
import type { BackendShape, ServerShape } from '../core/messages.js'
import { findPolicy } from '../core/policy/list.js'
import { NONE, type Policy, type Random } from '../core/policy/policy.js'
import type { WorkerColumn } from '../core/scoreboard/column.js'
import { BACKEND_FIELD } from '../core/scoreboard/layout.js'
import type { ConnectOptions } from './engine.js'

/** A server that a session has entered: counted as live until `leaveServer`. */
export interface Picked {
  readonly backend: WorkerBackend
  readonly slot: number
  readonly name: string
  readonly address: Address
}

/** A server that a session could be opened to. */
export type KnownServer = Pick<Picked, 'backend' | 'slot' | 'address'>

const NOTHING_TRIED: readonly number[] = []

/** The backend of a row of the scoreboard as the present shape has it: sessions hold on to the one they began with. */
export interface PresentBackend {
  backend: WorkerBackend | undefined
}

export class WorkerBackend {
  /** The policy looks at the client. */
  readonly keyed: boolean
  /** Made once, since a session that connects should allocate little. */
  readonly connectOptions: ConnectOptions
  /** Where the scoreboard says whether it is paused. */
  private readonly holdCell: number
  private readonly policyOf: (lane: Lane) => Policy

  constructor(
    readonly shape: BackendShape,
    private readonly column: WorkerColumn,
    random: Random,
    readonly row: PresentBackend = { backend: undefined },
  ) {
    const definition = findPolicy(shape.policy)
    if (!definition) throw new Error(`backend ${shape.name}: no policy is called ${shape.policy}`)
    this.keyed = definition.keyed
    const { tcp, connectTimeoutMs, source } = shape
    this.connectOptions = { ...tcp, timeoutMs: connectTimeoutMs, ...(source && { source }) }
    this.holdCell = column.board.backendRow(shape.id) + BACKEND_FIELD.hold
    const candidates = (lane: Lane) => new BackendCandidates(column.board, shape.id, shape.servers, lane)
    this.policyOf = once((lane) => definition.create(candidates(lane), random))
  }

  becomePresent(): void {
    this.row.backend = this
  }
  /** What to choose by when some time has passed since this one was looked up: its servers may be others by now. */
  get present(): WorkerBackend {
    return this.row.backend ?? this
  }

  private get hold(): number {
    return this.column.board.ints[this.holdCell] ?? HOLD_CODE.none
  }
  /** Milliseconds that a session may wait for a server of it. */
  get patienceMs(): number {
    return this.hold === HOLD_CODE.none ? this.shape.waiting.noServerMs : Number.POSITIVE_INFINITY
  }
  /** Another number whenever a server's state has changed. */
  get generation(): number {
    return this.column.board.generation(this.shape.id)
  }

  /**
   * Chooses a server and counts the session into it, before any connect: so least-conn sees it at once in every worker.
   * @param words of the client (core/client-key), beginning at `at`; looked at only when `keyed`
   * @param lanes looked in one after the other
   * @param tried rows of servers that must not come again
   */
  pick(
    words: Int32Array,
    at: number,
    lanes: readonly Lane[],
    tried: readonly number[] = NOTHING_TRIED,
  ): Picked | undefined {
    if (this.hold === HOLD_CODE.paused) return undefined
    const key = this.keyed ? clientKey(words, at, this.shape.key === 'address:port') : 0
    const refused = tried.length === 0 ? tried : this.positionsOf(tried)
    for (const lane of lanes) {
      const picked = this.pickIn(lane, key, refused)
      if (picked) return picked
    }
    return undefined
  }

  private pickIn(lane: Lane, key: number, without: readonly number[]): Picked | undefined {
    const policy = this.policyOf(lane)
    let refused = without
    for (;;) {
      const position = policy.choose(key, refused)
      const server = position === NONE ? undefined : this.shape.servers[position]
      if (!server) return undefined
      if (server.address && this.enter(server)) {
        return { backend: this, slot: server.slot, name: server.name, address: server.address }
      }
      refused = [...refused, position]
    }
  }

  /** The server of this row, whatever its state and its limit, counted as the session's. */
  pickServer(slot: number): Picked | undefined {
    const server = this.shape.servers.find((one) => one.slot === slot)
    if (!server?.address) return undefined
    this.column.enterServer(slot)
    this.column.countServer(slot, 'picks')
    return { backend: this, slot, name: server.name, address: server.address }
  }

  /** All that have an address, whatever their state. */
  get servers(): readonly KnownServer[] {
    return this.shape.servers.flatMap(({ slot, address }) => (address ? [{ backend: this, slot, address }] : []))
  }

  private positionsOf(slots: readonly number[]): readonly number[] {
    return this.shape.servers.flatMap(({ slot }, position) => (slots.includes(slot) ? [position] : []))
  }

  /** False when another worker took the last place between the choice and the count. */
  private enter({ slot }: ServerShape): boolean {
    const live = this.column.enterServer(slot)
    const max = this.column.board.server(slot, 'maxSessions')
    if (max > 0 && live > max) {
      this.column.leaveServer(slot)
      return false
    }
    this.column.countServer(slot, 'picks')
    return true
  }
}

/** Most backends are asked for one lane only. */
function once(make: (lane: Lane) => Policy): (lane: Lane) => Policy {
  const made: Partial<Record<Lane, Policy>> = {}
  return (lane) => {
    made[lane] ??= make(lane)
    return made[lane]
  }
}
