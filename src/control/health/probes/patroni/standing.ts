/** Which role a server has, by what Patroni says of it. */
import type { DatabaseFinding } from '../probe.js'
import type { ProbeReason } from '../reasons.js'
import type { PatroniStatus } from './status.js'

export type Standing =
  | { readonly database: DatabaseFinding }
  | {
      /** It shall serve nobody; words that go on after its address. */
      readonly reason: ProbeReason
      readonly words: string
    }

const PRIMARY: ReadonlySet<string> = new Set(['primary', 'master'])
const REPLICA: ReadonlySet<string> = new Set(['replica', 'standby_leader'])

/**
 * @param hasLock the status of `/primary` was 200: it holds the leader lock. Neither that nor the role is enough for
 * writes: a server that is being promoted holds the lock and is in recovery yet; a primary without the lock is about to be
 * demoted, and another may have it.
 * @param now Unix time, ms, by the server's own clock
 */
export function standingOf(status: PatroniStatus, hasLock: boolean, now: number): Standing {
  const { state, role, xlog, timeline } = status
  if (state !== 'running') return { reason: 'not-ready', words: `PostgreSQL is in state "${state}"` }
  const numbered = timeline === undefined ? {} : { timeline }
  if (PRIMARY.has(role)) {
    if (!hasLock) return { reason: 'not-ready', words: 'it runs as a primary without the leader lock' }
    return { database: { role: 'primary', ...numbered, ...position(xlog.location) } }
  }
  if (!REPLICA.has(role)) return { reason: 'not-ready', words: `its role is "${role}"` }
  if (status.noLoadBalance) return { reason: 'says-down', words: 'a replica with the tag noloadbalance' }
  const lag = lagMs(xlog, now)
  return {
    database: { role: 'replica', ...numbered, ...position(xlog.replayed), ...(lag !== undefined && { lagMs: lag }) },
  }
}

function position(bytes: number | undefined): { position?: number } {
  return bytes === undefined ? {} : { position: bytes }
}

/** A replica that streams, and has replayed all that came, is behind by nothing. */
function lagMs({ received, replayed, streams, replayedAt }: PatroniStatus['xlog'], now: number): number | undefined {
  if (streams && received !== undefined && replayed !== undefined && replayed >= received) return 0
  return replayedAt === undefined ? undefined : Math.max(0, now - replayedAt)
}
