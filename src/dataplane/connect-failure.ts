/** What an errno of a failed connect means to a session. */

import type { WorkerNotice } from '../core/messages.js'
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

const FLOW_SHORTAGES: ReadonlyMap<string, WorkerNotice> = new Map([
  ['EMFILE', 'descriptors-exhausted'],
  ['ENFILE', 'descriptors-exhausted'],
  ['EAGAIN', 'ports-exhausted'], // connect(2) found no free local port
  ['EADDRINUSE', 'ports-exhausted'], // nor did bind(2)
])

/** What this machine was short of when a UDP socket towards a server could not be had; undefined when it was not that. */
export function flowShortage({ code }: ConnectError): WorkerNotice | undefined {
  return FLOW_SHORTAGES.get(code)
}
