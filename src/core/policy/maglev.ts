/** Maglev: the client's entry in a table that control builds (maglev-table.ts). One read, however many servers. */
import { TABLE_SIZE } from '../scoreboard/layout.js'
import { finalise } from '../session-key.js'
import { isChoosable } from './choosable.js'
import type { Candidates, PolicyDefinition } from './policy.js'
import { highestScore } from './rendezvous.js'

/** Entries looked at before the servers themselves are: enough to find one server in ten, 998 times out of 1,000. */
const MAX_STEPS = 64
/** Makes a key's step independent of its entry. */
const STEP_SALT = 0x9e3779b9

/**
 * A server that cannot be taken is stepped over in the key's own order (double hashing over the table), so that its keys
 * spread over all the others by weight and come back to it, and to it alone, when it can be taken again.
 */
function choose(candidates: Candidates, key: number, tried: readonly number[]): number {
  const table = candidates.table()
  const step = 1 + (finalise(key ^ STEP_SALT) % (TABLE_SIZE - 1))
  let entry = key % TABLE_SIZE
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const position = table[entry]
    if (position !== undefined && isChoosable(candidates, position, tried)) return position
    entry = (entry + step) % TABLE_SIZE
  }
  return highestScore(candidates, key, tried)
}

export const maglev: PolicyDefinition = {
  name: 'maglev',
  summary: 'the same server for the same client, by a table that hardly moves when servers come and go',
  algo: 'maglev',
  keyed: true,
  levels: false,
  tabled: true,
  create: (candidates) => ({ choose: (key, tried) => choose(candidates, key, tried) }),
}
