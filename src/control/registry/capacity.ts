/** How much room the scoreboard gets: fixed at start, so there is some to grow into. Untouched rows cost no memory. */
import type { ConfigCounts } from '../../config/config.js'
import type { Capacity } from '../../core/scoreboard/layout.js'

const LEAST = { servers: 256, backends: 64, frontends: 64 } as const
/** A table entry is 16 bits, and NO_ENTRY is one of its values. */
const MOST_SERVERS = 65_000

export function capacityFor(counts: ConfigCounts, workers: number): Capacity {
  return {
    servers: Math.min(MOST_SERVERS, Math.max(LEAST.servers, counts.servers * 2)),
    backends: Math.max(LEAST.backends, counts.backends * 2),
    frontends: Math.max(LEAST.frontends, counts.frontends * 2),
    workers,
  }
}
