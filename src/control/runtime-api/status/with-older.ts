import type { GenerationStatus } from '../../upgrade/generations.js'
import type { StatusDocument } from './document.js'

/** Sessions of the whole are those of every generation; all the rest is of the present one. */
export function withOlder(document: StatusDocument, older: readonly GenerationStatus[]): StatusDocument {
  const sum = (of: 'live' | 'total') =>
    older.reduce((sum, { answer }) => sum + (answer?.sessions[of] ?? 0), document.sessions[of])
  return { ...document, sessions: { ...document.sessions, live: sum('live'), total: sum('total') }, older }
}
