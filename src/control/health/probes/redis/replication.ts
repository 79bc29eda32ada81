/** What Redis says of its replication: `INFO replication`, or `ROLE` where that is not allowed. */
import type { DatabaseFinding } from '../probe.js'
import type { Reply } from './resp.js'

/** Undefined where the reply tells no role, as a Sentinel's. `unready` says in words why it cannot serve. */
export type Replication = { readonly database: DatabaseFinding } | { readonly unready: string } | undefined

/**
 * An idle primary lets its replicas hear of it every 10 s (`repl-ping-replica-period`), so a silence up to then is no
 * lag; beyond, nobody knows what was written meanwhile.
 */
const HEARTBEAT_S = 11

const NEVER_LINKED = 'it has not reached its primary since it started: the age of its data is unknown'

/** `INFO replication`: redis.io/commands/info. */
export function fromInfo(text: string): Replication {
  const fields = fieldsOf(text)
  const number = (name: string) => count(fields.get(name))
  const role = fields.get('role')
  if (role === 'master') return { database: { role: 'primary', ...position(number('master_repl_offset')) } }
  if (role !== 'slave') return undefined

  const isLinked = fields.get('master_link_status') === 'up'
  const silence = number('master_last_io_seconds_ago') ?? 0
  const lagSeconds = isLinked ? (silence < HEARTBEAT_S ? 0 : silence) : number('master_link_down_since_seconds')
  if (lagSeconds === undefined) return { unready: NEVER_LINKED }
  return { database: { role: 'replica', lagMs: lagSeconds * 1_000, ...position(number('slave_repl_offset')) } }
}

/** Seconds, by `INFO server`. */
export function uptimeOf(text: string): number | undefined {
  return count(fieldsOf(text).get('uptime_in_seconds'))
}

function fieldsOf(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\r\n').map((line) => line.split(':', 2))
  return new Map(pairs.map(([name = '', value = '']) => [name, value]))
}

/** Redis writes -1 for what it does not know. */
function count(text = ''): number | undefined {
  const value = Number.parseInt(text, 10)
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** `ROLE`: redis.io/commands/role. It does not say how long a link has been down. */
export function fromRole(reply: Reply): Replication {
  if (!Array.isArray(reply)) return undefined
  const [role, ...rest] = reply as readonly Reply[] // an array is the one kind of reply that has items
  if (role === 'master') return { database: { role: 'primary', ...position(rest[0]) } }
  if (role !== 'slave') return undefined
  const [, , state, offset] = rest
  if (state !== 'connected') return { unready: `its link to the primary is in state ${JSON.stringify(state)}` }
  return { database: { role: 'replica', lagMs: 0, ...position(offset) } }
}

function position(offset: Reply): { position?: number } {
  return typeof offset === 'number' && offset >= 0 ? { position: offset } : {}
}
