/** One backend's servers over the scoreboard, as the policy of one lane sees them. No method allocates: each is called per session. */
import { LANE_BIT, type Lane } from './lane.js'
import type { Candidates } from './policy/policy.js'
import { SERVER_FIELD } from './scoreboard/layout.js'
import type { Scoreboard } from './scoreboard/scoreboard.js'
import { isEligible, isServing } from './server-state.js'
import { hashText } from './session-key.js'

/**
 * What the hashing policies know a server by: its name alone. So a server keeps its clients over restarts, reorderings,
 * a new address and a renamed backend. Two names of one backend that collide (1 in 10^8 for 10 servers, 1 in 8,600 for
 * 1,000) would share one place in `source`: rename one.
 */
export function serverIdentity(name: string): number {
  return hashText(name)
}

export interface CandidateServer {
  /** Row in the scoreboard. */
  readonly slot: number
  readonly name: string
}

export class BackendCandidates implements Candidates {
  readonly size: number
  private readonly slots: Int32Array
  private readonly identities: Uint32Array
  private readonly bit: number

  /** @param backend row in the scoreboard */
  constructor(
    private readonly board: Scoreboard,
    private readonly backend: number,
    servers: readonly CandidateServer[],
    private readonly lane: Lane = 'any',
  ) {
    this.bit = LANE_BIT[lane]
    this.size = servers.length
    this.slots = Int32Array.from(servers, (server) => server.slot)
    this.identities = Uint32Array.from(servers, (server) => serverIdentity(server.name))
  }

  identity(position: number): number {
    return this.identities[position] ?? 0
  }
  /** False for a position that is none, so that a Maglev entry of a server just removed is stepped over. */
  isEligible(position: number): boolean {
    const slot = this.slots[position]
    return slot !== undefined && isEligible(this.board, slot, this.bit)
  }
  isServing(position: number): boolean {
    const slot = this.slots[position]
    return slot !== undefined && isServing(this.board, slot, this.bit)
  }
  weight(position: number): number {
    const slot = this.slots[position]
    return slot === undefined ? 0 : (this.board.ints[this.board.serverRow(slot) + SERVER_FIELD.effectiveWeight] ?? 0)
  }
  live(position: number): number {
    const slot = this.slots[position]
    return slot === undefined ? 0 : this.board.glimpseLive(slot)
  }
  generation(): number {
    return this.board.generation(this.backend)
  }
  advance(): number {
    return this.board.advanceCursor(this.backend, this.lane)
  }
  table(): Uint16Array {
    return this.board.table(this.backend)
  }
}
