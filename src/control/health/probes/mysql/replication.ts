/**
 * What a server says about its role and its replication, in the words of MySQL and of MariaDB, of today and of before
 * "master" and "slave" were replaced.
 */
import type { Row } from './client.js'

/** Any of them makes a server a replica: the last is that of Aurora's readers. */
const READ_ONLY = ['read_only', 'super_read_only', 'transaction_read_only', 'tx_read_only', 'innodb_read_only'] as const

/** By name, lower case. */
export type Variables = ReadonlyMap<string, string>

export const ROLE_VARIABLES: readonly string[] = READ_ONLY

export function variablesOf(rows: readonly Row[]): Variables {
  return new Map(rows.map(({ Variable_name, Value }) => [(Variable_name ?? '').toLowerCase(), Value ?? '']))
}

/** MariaDB 12 says `NO_LOCK` where others say `ON`. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'OFF', 'NO', 'NONE'].includes(value.toUpperCase())
}

/** Which of them are on. */
export function readOnlyBy(variables: Variables): readonly string[] {
  return READ_ONLY.filter((name) => isOn(variables.get(name)))
}

/** Statements for the state of all channels, the likeliest first; a server that does not know one is asked the next. */
export function replicationStatements({ isMariaDB, version }: { isMariaDB: boolean; version: string }) {
  if (isMariaDB) return ['SHOW ALL SLAVES STATUS', 'SHOW SLAVE STATUS']
  const [first, second] = ['SHOW REPLICA STATUS', 'SHOW SLAVE STATUS']
  return isAtLeast(version, [8, 0, 22]) ? [first, second] : [second, first]
}

function isAtLeast(version: string, least: readonly number[]): boolean {
  const parts = version.split('.').map(Number)
  const i = least.findIndex((part, i) => (parts[i] ?? 0) !== part)
  return i < 0 || (parts[i] ?? 0) > (least[i] ?? 0)
}

/** That of a replica which stands still, or is cut off from its source: beyond any `max_lag`. */
export const UNKNOWN_LAG_MS = Number.POSITIVE_INFINITY

export interface Replication {
  /** Of the channel that is furthest behind. */
  readonly lagMs: number
  readonly words: string
}

/** Undefined for a server that replicates from nobody. */
export function replicationOf(rows: readonly Row[]): Replication | undefined {
  const channels = rows.map(modern).filter((row) => !GROUP_CHANNEL.test(row.get('channel_name') ?? ''))
  const [first, ...others] = channels.map((row) => channelOf(row))
  if (!first) return undefined
  return others.reduce((worst, one) => (one.lagMs > worst.lagMs ? one : worst), first)
}

/** Group replication shows those of its inner workings too. */
const GROUP_CHANNEL = /^group_replication_/

/** Columns by the names that MySQL gives them since 8.0.22, lower case. */
function modern(row: Row): ReadonlyMap<string, string | null> {
  return new Map(Object.entries(row).map(([name, value]) => [newName(name), value]))
}

function newName(name: string): string {
  const named = name
    .toLowerCase()
    .replace(/slave/g, 'replica')
    .replace(/master/g, 'source')
  return named === 'connection_name' ? 'channel_name' : named
}

function channelOf(row: ReadonlyMap<string, string | null>): Replication {
  const source = `${row.get('source_host') ?? '?'}:${row.get('source_port') ?? '?'}`
  const channel = row.get('channel_name')
  const name = channel ? `replica of ${source} (channel ${channel})` : `replica of ${source}`
  const behind = row.get('seconds_behind_source') ?? null
  // what is no number would compare as less than any `max_lag`
  if (behind !== null && /^\d+$/.test(behind)) {
    return { lagMs: Number(behind) * 1_000, words: `${name}, ${behind}s behind` }
  }
  return { lagMs: UNKNOWN_LAG_MS, words: `${name}, lag unknown: ${whyUnknown(row)}` }
}

/** NULL seconds: one of the two threads does not run, or waits for a source that it cannot reach. */
function whyUnknown(row: ReadonlyMap<string, string | null>): string {
  const [io, sql] = [row.get('replica_io_running') ?? '?', row.get('replica_sql_running') ?? '?']
  const [thread, state, error] = isOn(sql)
    ? ['I/O', io, row.get('last_io_error')]
    : ['SQL', sql, row.get('last_sql_error')]
  const why = error ? ` (${error.replace(/\p{C}/gu, '?').slice(0, 200)})` : ''
  return `its ${thread} thread runs: ${state}${why}`
}
