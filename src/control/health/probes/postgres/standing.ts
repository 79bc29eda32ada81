/** What a server says of itself: role, position, lag and timeline, by functions that anybody who may log in may call. */
import type { DatabaseFinding } from '../probe.js'
import type { Row } from './session.js'

/**
 * In one row. What is said of the receiver and of the process that replays wants pg_monitor; without it the receiver is
 * trusted to stream. Who waits for more of the log has replayed all that it can: at the end of what it has received a
 * record may be begun that the primary has not flushed whole, for some 0.3 s, and the last change may be hours ago then.
 */
export const STANDING = `
with self as (select pg_is_in_recovery() as follows),
place as (
  select follows, case when follows then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end as lsn from self
),
receiver as (
  select true as is_there, coalesce(status, 'streaming') = 'streaming' as streams, received_tli from pg_stat_wal_receiver
),
replay as (
  select coalesce(bool_or(wait_event in ('RecoveryWalStream', 'RecoveryWalAll')), false) as waits
  from pg_stat_activity where backend_type = 'startup'
)
select
  split_part(current_setting('server_version'), ' ', 1),
  follows,
  lsn::text,
  pg_wal_lsn_diff(lsn, '0/0')::text,
  greatest(0, pg_wal_lsn_diff(pg_last_wal_receive_lsn(), lsn))::text,
  case
    when not follows or (streams and (waits or pg_last_wal_receive_lsn() <= lsn)) then 0
    else greatest(0, round(extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000))
  end::text,
  case
    when follows then greatest(
      received_tli,
      (select timeline_id from pg_control_checkpoint()),
      (select min_recovery_end_timeline from pg_control_recovery()))
    else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int
  end::text,
  case
    when current_setting('default_transaction_read_only') = 'off' then false
    else (
      select source not in ('user', 'database user', 'client')
      from pg_settings where name = 'default_transaction_read_only')
  end
from place cross join replay left join receiver on is_there`

export interface Standing {
  readonly version: string
  readonly database: DatabaseFinding
  /** In recovery; a primary that takes no writes is a replica too, and not this. */
  readonly follows: boolean
  /** As PostgreSQL writes it, `0/3000060`. */
  readonly lsn: string | undefined
  /** Bytes received and not replayed yet, where it follows. */
  readonly waiting: number | undefined
}

/** Undefined for a row that no PostgreSQL would give. */
export function standingOf(row: Row | undefined): Standing | undefined {
  const [version, follows, lsn, position, waiting, lag, timeline, isReadOnly] = row ?? []
  if (typeof version !== 'string' || typeof follows !== 'boolean' || typeof isReadOnly !== 'boolean') return undefined
  const database: DatabaseFinding = {
    role: follows || isReadOnly ? 'replica' : 'primary',
    ...defined('position', numberOf(position)),
    ...((follows || isReadOnly) && defined('lagMs', numberOf(lag))),
    ...defined('timeline', numberOf(timeline)),
  }
  return {
    version: version.slice(0, LONGEST_VERSION),
    database,
    follows,
    lsn: typeof lsn === 'string' ? lsn : undefined,
    waiting: follows ? numberOf(waiting) : undefined,
  }
}

const LONGEST_VERSION = 20

function numberOf(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,20}$/.test(text) ? Number(text) : undefined
}

function defined<Key extends string>(key: Key, value: number | undefined): { readonly [K in Key]?: number } {
  // a computed key widens to string, which the compiler cannot undo
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: number })
}
