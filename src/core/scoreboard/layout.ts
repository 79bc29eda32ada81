/**
 * Where everything stands in the block of memory that the planes share. All offsets are bytes.
 *
 *   header │ server rows │ backend rows │ frontend rows │ route weights │ worker columns │ Maglev tables │ cancel keys
 *
 * Rows are written by control and read by workers. A worker column (its live counts and counters for every server,
 * backend and frontend) is written by that one worker alone; readers add the columns up. The capacity is fixed at start:
 * unused rows are untouched pages and cost nothing.
 */
import { BACKEND_COUNTERS, FRONTEND_COUNTERS, SERVER_COUNTERS, WORKER_COUNTERS } from './counters.js'

/** How many of each the board has room for. */
export interface Capacity {
  readonly servers: number
  readonly backends: number
  readonly frontends: number
  readonly workers: number
}

/** Entries of one Maglev table: the prime of the paper's evaluation (Eisenbud et al., NSDI 2016, section 5.3). */
export const TABLE_SIZE = 65_537
/** A table entry that names no server. */
export const NO_ENTRY = 0xffff
/** Entries for PostgreSQL sessions that may be cancelled (cancel-keys.ts), a power of two. Only touched pages are real. */
export const CANCEL_KEYS = 65_536

export const LAYOUT_VERSION = 5
const LINE = 64
const lines = (bytes: number) => Math.ceil(bytes / LINE) * LINE

/** Int32 fields of the header. */
export const HEADER = { version: 0, servers: 1, backends: 2, frontends: 3, workers: 4, maxSessions: 5 } as const
/** Int32 fields of a server row. `barred` has a bit for each lane (core/lane) that the server must not serve. */
export const SERVER_FIELD = { admin: 0, health: 1, barred: 2, weight: 3, effectiveWeight: 4, maxSessions: 5 } as const
/**
 * Int32 fields of a backend row. `table` is 0 or 1: which of the two Maglev buffers is in force. A cursor for each lane.
 * `hold` is what is said of its new sessions (core/hold).
 */
export const BACKEND_FIELD = { generation: 0, cursors: { any: 1, primary: 3, replica: 4 }, table: 2, hold: 5 } as const
/** Int32 fields of a frontend row; all but the first are of its split over several backends. */
export const FRONTEND_FIELD = { maxSessions: 0, generation: 1, cursor: 2, detourCursor: 3 } as const
/** Int32 fields of a worker column's head. */
export const WORKER_FIELD = { tick: 0, live: 1 } as const
/**
 * Int32 fields in front of the counters in each of a column's server, backend and frontend rows. A backend's are of the
 * sessions that wait for a server of it.
 */
export const LIVE_FIELD = { live: 0, peak: 1 } as const
/** Int32 fields of a cancel key's entry, cancel-keys.ts. */
export const CANCEL_KEY_FIELD = { owner: 0, place: 1, check: 2, server: 3 } as const

/** Control's rows: one cache line each, so that a weight change does not disturb its neighbours' readers. */
export const ROW_BYTES = LINE
export const COLUMN_HEAD_BYTES = lines(8 + 8 * WORKER_COUNTERS.length)
export const COLUMN_SERVER_BYTES = 8 + 8 * SERVER_COUNTERS.length
export const COLUMN_BACKEND_BYTES = 8 + 8 * BACKEND_COUNTERS.length
export const COLUMN_FRONTEND_BYTES = 8 + 8 * FRONTEND_COUNTERS.length
export const TABLE_BYTES = lines(2 * TABLE_SIZE)
export const CANCEL_KEY_BYTES = 16

export interface Offsets {
  readonly servers: number
  readonly backends: number
  readonly frontends: number
  /** Int32 for each pair of a frontend and a backend, by frontend: the weight of the one in the split of the other. */
  readonly routes: number
  readonly columns: number
  readonly columnBytes: number
  readonly columnServers: number
  readonly columnBackends: number
  readonly columnFrontends: number
  readonly tables: number
  readonly cancelKeys: number
  /** Size of the whole block. */
  readonly total: number
}

export function offsetsOf(capacity: Capacity): Offsets {
  const servers = LINE
  const backends = servers + capacity.servers * ROW_BYTES
  const frontends = backends + capacity.backends * ROW_BYTES
  const routes = frontends + capacity.frontends * ROW_BYTES
  const columns = routes + lines(capacity.frontends * capacity.backends * 4)
  const columnServers = COLUMN_HEAD_BYTES
  const columnBackends = columnServers + capacity.servers * COLUMN_SERVER_BYTES
  const columnFrontends = columnBackends + capacity.backends * COLUMN_BACKEND_BYTES
  const columnBytes = lines(columnFrontends + capacity.frontends * COLUMN_FRONTEND_BYTES)
  const tables = columns + capacity.workers * columnBytes
  const cancelKeys = tables + capacity.backends * 2 * TABLE_BYTES
  const total = cancelKeys + CANCEL_KEYS * CANCEL_KEY_BYTES
  const ofColumns = { columns, columnBytes, columnServers, columnBackends, columnFrontends }
  return { servers, backends, frontends, routes, ...ofColumns, tables, cancelKeys, total }
}
