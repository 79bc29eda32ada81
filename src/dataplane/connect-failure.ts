/** What an errno of a failed connect means to a session. */
import type { ConnectFailure } from '../core/reasons.js'
import type { ConnectError } from './engine.js'

const FAILURES: ReadonlyMap<string, ConnectFailure> = new Map([
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'refused'],
  ['ENOENT', 'refused'], // a unix socket that nobody has bound
  ['ETIMEDOUT', 'timeout'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
])

/** @param code errno name */
export function connectError(code: string): ConnectError {
  return { failure: FAILURES.get(code) ?? 'error', code }
}
