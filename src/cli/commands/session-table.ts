/** Sessions as a table, and the order that people ask for. */
import type { SessionInfo } from '../../core/messages.js'
import { formatBytes } from '../format/bytes.js'
import { type Column, formatTable, type TableStyle } from '../format/table.js'
import { formatTime } from '../format/time.js'

/** The most of each comes first. */
export const SESSION_ORDERS = ['age', 'idle', 'bytes'] as const
export type SessionOrder = (typeof SESSION_ORDERS)[number]

const MEASURES: Readonly<Record<SessionOrder, (session: SessionInfo) => number>> = {
  age: ({ ageMs }) => ageMs,
  idle: ({ idleMs }) => idleMs,
  bytes: ({ bytesIn, bytesOut }) => bytesIn + bytesOut,
}

export function sorted(sessions: readonly SessionInfo[], by: SessionOrder): SessionInfo[] {
  const measure = MEASURES[by]
  return [...sessions].sort((a, b) => measure(b) - measure(a))
}

const COLUMNS: readonly Column[] = [
  { head: 'ID' },
  { head: 'CLIENT', shrinks: true },
  { head: 'FRONTEND', shrinks: true },
  { head: 'SERVER', shrinks: true },
  { head: 'AGE', isNumber: true },
  { head: 'IDLE', isNumber: true },
  { head: 'IN', isNumber: true },
  { head: 'OUT', isNumber: true },
]

export function sessionTable(sessions: readonly SessionInfo[], style: TableStyle): string {
  return formatTable(COLUMNS, sessions.map(row), style)
}

function row(session: SessionInfo): string[] {
  const { id, client, frontend, ageMs, idleMs, bytesIn, bytesOut } = session
  const times = [formatTime(ageMs), formatTime(idleMs)]
  return [id, client, frontend, placeOf(session), ...times, formatBytes(bytesIn), formatBytes(bytesOut)]
}

/** `replicas/r1`, or `replicas: waiting` where it has no server yet. */
export function placeOf({ backend, server }: SessionInfo): string {
  if (server !== undefined) return `${backend}/${server}`
  return backend === undefined ? 'waiting' : `${backend}: waiting`
}
