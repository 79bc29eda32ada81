/** What an error reply of Redis says about the server. */
import type { ProbeReason } from '../reasons.js'
import type { RedisError } from './resp.js'

/** By first word: redis.io/docs/reference/protocol-spec says it is the kind of the error. */
const REASONS: ReadonlyMap<string, ProbeReason> = new Map([
  ['NOAUTH', 'denied'],
  ['NOPERM', 'denied'],
  ['DENIED', 'denied'], // protected mode
  ['WRONGPASS', 'wrong-password'],
  ['LOADING', 'not-ready'],
  ['MASTERDOWN', 'not-ready'], // a replica that shall not serve stale data
  ['MISCONF', 'not-ready'], // it cannot save, and so takes no writes
  ['BUSY', 'not-ready'], // a script runs
])

/** Replies without a kind of their own. */
const TEXTS: readonly (readonly [RegExp, ProbeReason])[] = [
  [/^ERR max number of clients/, 'too-many-connections'],
  [/^ERR invalid password/, 'wrong-password'], // before Redis 6
  [/^ERR (?:Client sent AUTH, but no password|AUTH <password> called without any password)/, 'denied'],
]

export function reasonOf({ kind, text }: RedisError): ProbeReason {
  return REASONS.get(kind) ?? TEXTS.find(([pattern]) => pattern.test(text))?.[1] ?? 'wrong-answer'
}
