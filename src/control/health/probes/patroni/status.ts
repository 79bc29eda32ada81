/**
 * The document with which Patroni answers every health check: docs/rest_api.rst of Patroni 2 to 4, whose source has the
 * keys (`get_postgresql_status`). Nothing of it is trusted to be of the type that it should be.
 */

export interface PatroniStatus {
  /** `running`, `starting`, `stopped` …: PatroniState; of the PostgreSQL that it looks after. */
  readonly state: string
  /** `primary` (`master` before Patroni 4), `replica`, `standby_leader`; `demoted` and others while it changes. */
  readonly role: string
  readonly timeline: number | undefined
  readonly xlog: {
    /** Bytes, of a primary. */
    readonly location: number | undefined
    /** Bytes, of a replica. */
    readonly received: number | undefined
    readonly replayed: number | undefined
    /** Receives from the primary at this moment: Patroni says so from 3.0.4 on, and is trusted before. */
    readonly streams: boolean
    /** Commit of the last transaction that was replayed: Unix time, ms, by the clock of the primary. */
    readonly replayedAt: number | undefined
  }
  /** The operator wants no reads there. */
  readonly noLoadBalance: boolean
}

/** Undefined for what is not such a document. */
export function parseStatus(text: string): PatroniStatus | undefined {
  const document = table(parse(text))
  const { state, role } = document
  if (typeof state !== 'string' || typeof role !== 'string') return undefined
  const xlog = table(document.xlog)
  return {
    state,
    role,
    timeline: count(document.timeline),
    xlog: {
      location: count(xlog.location),
      received: count(xlog.received_location),
      replayed: count(xlog.replayed_location),
      streams: document.replication_state === 'streaming' || !tellsReplication(table(document.patroni).version),
      replayedAt: time(xlog.replayed_timestamp),
    },
    noLoadBalance: table(document.tags).noloadbalance === true,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function table(value: unknown): Readonly<Record<string, unknown>> {
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isTable ? (value as Record<string, unknown>) : {} // JSON has no objects but tables
}

const TELLS_REPLICATION = [3, 0, 4] as const

function tellsReplication(version: unknown): boolean {
  const parts = typeof version === 'string' ? version.split('.').map(Number) : []
  const first = TELLS_REPLICATION.findIndex((part, i) => (parts[i] ?? 0) !== part)
  return first < 0 || (parts[first] ?? 0) > (TELLS_REPLICATION[first] ?? 0)
}

/** Patroni writes 0 for what it does not know. */
function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined
}

/** `2024-08-28 19:39:26.352526+00:00` */
function time(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value.replace(' ', 'T')) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}
