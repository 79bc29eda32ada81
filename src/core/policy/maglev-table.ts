/**
 * Maglev's lookup table (Eisenbud et al., NSDI 2016, section 3.4): servers take turns to claim the next free entry of
 * their own permutation of the table, so that the shares are even and a change of membership moves few other keys.
 *
 * Built by control from membership and effective weight alone; never for health or drain. A build takes 1 to 5 ms (3 to
 * 1,000 servers).
 */
import { NO_ENTRY, TABLE_SIZE } from '../scoreboard/layout.js'
import { combine } from '../session-key.js'

export interface TableMember {
  /** As `Candidates.identity` gives it. Unsigned 32 bit. */
  readonly identity: number
  /** 0 to 256; 0 gets no entry. */
  readonly weight: number
}

/** A member with its turns so far and its place in its permutation. */
interface Claimant extends TableMember {
  readonly position: number
  readonly step: number
  next: number
  /** Weight handed out so far: it has a turn when this falls behind its weight times the rounds. */
  spent: number
}

/**
 * TABLE_SIZE entries: positions in `servers`, or NO_ENTRY in all when no server has a weight. Every weighted server gets
 * its share to within one entry or two, and at least one. The order of `servers` does not matter to who gets which entry.
 */
export function buildTable(servers: readonly TableMember[]): Uint16Array {
  const table = new Uint16Array(TABLE_SIZE).fill(NO_ENTRY)
  const claimants = servers.map(toClaimant).filter((claimant) => claimant.weight > 0)
  if (claimants.length === 0) return table
  // turns go by identity, not by config order
  claimants.sort((a, b) => a.identity - b.identity)
  const heaviest = Math.max(...claimants.map((claimant) => claimant.weight))
  let free = TABLE_SIZE
  for (let round = 0; free > 0; round++) {
    for (const claimant of claimants) {
      if (claimant.spent > round * claimant.weight) continue
      claimant.spent += heaviest
      claim(table, claimant)
      if (--free === 0) break
    }
  }
  return table
}

function toClaimant({ identity, weight }: TableMember, position: number): Claimant {
  const next = combine(identity, 1) % TABLE_SIZE
  const step = 1 + (combine(identity, 2) % (TABLE_SIZE - 1))
  return { identity, weight, position, step, next, spent: 0 }
}

/** Takes the next free entry of the claimant's permutation. TABLE_SIZE is prime, so every step visits every entry. */
function claim(table: Uint16Array, claimant: Claimant): void {
  const { step } = claimant
  let entry = claimant.next
  while (table[entry] !== NO_ENTRY) {
    entry += step
    if (entry >= TABLE_SIZE) entry -= TABLE_SIZE
  }
  table[entry] = claimant.position
  claimant.next = entry
}
