/** What a server's error says: why it lets nobody in, or does not answer. */
import type { ProbeCode } from '../../../registry/server.js'
import type { Finding } from '../probe.js'
import type { ProbeReason } from '../reasons.js'

/** Numbers are those of MySQL's error reference, and of MariaDB's where they differ. */
export interface Refusal {
  readonly errno: number
  readonly message: string
}

const REASONS: Readonly<Record<number, ProbeReason>> = {
  1040: 'too-many-connections',
  1044: 'wrong-database', // to whoever may not even know that there is none
  1045: 'denied', // who has given a password is told more
  1047: 'not-ready', // Galera
  1049: 'wrong-database',
  1053: 'not-ready', // shuts down
  1129: 'denied', // max_connect_errors
  1130: 'denied', // this machine's address
  1203: 'too-many-connections', // of this user
  1226: 'too-many-connections', // of this user, or in this hour
  1969: 'query-timeout', // max_statement_time
  3024: 'query-timeout', // max_execution_time
  3032: 'not-ready', // offline_mode
  3159: 'tls-required', // require_secure_transport
}

/** The account is there, or nobody shall know whether it is: whoever is told so has met a server that works. */
const NO_WAY_IN: ReadonlySet<number> = new Set([
  1045, // access denied
  1698, // access denied, no password
  3118, // locked; MySQL
  3159, // not without TLS
  4151, // locked; MariaDB
])

export function isNoWayIn({ errno }: Refusal): boolean {
  return NO_WAY_IN.has(errno)
}

/** What there is to do about it, where the server's words do not say. */
const ADVICE: Readonly<Record<number, string>> = {
  1129: 'FLUSH HOSTS on the server lets this machine in again; a raised max_connect_errors keeps it so',
  1130: 'the server has no user who may come from the address of this machine',
}

export interface Asked {
  readonly at: string
  /** What was asked for: `the login`, `the query`. */
  readonly question: string
  readonly isLogin: boolean
  readonly hasPassword: boolean
  /** How the server wanted to be convinced, where the probe does not know how. */
  readonly foreignPlugin?: string | undefined
}

export function refused(refusal: Refusal, asked: Asked): Finding {
  const { errno, message } = refusal
  const reason = reasonOf(refusal, asked)
  const code: ProbeCode = reason === 'query-timeout' ? 'L7TOUT' : 'L7STS'
  const advice = adviceOf(refusal, asked)
  const words = `${asked.at} answered ${asked.question} with error ${errno}: ${message}`
  return { passed: false, code, reason, words: advice ? `${words} (${advice})` : words }
}

function reasonOf(refusal: Refusal, { isLogin, hasPassword, foreignPlugin }: Asked): ProbeReason {
  if (!isLogin) return REASONS[refusal.errno] ?? 'query-failed'
  const isWrong = refusal.errno === 1045 && hasPassword && foreignPlugin === undefined
  return isWrong ? 'wrong-password' : (REASONS[refusal.errno] ?? 'denied')
}

function adviceOf({ errno }: Refusal, { isLogin, foreignPlugin }: Asked): string | undefined {
  if (!isLogin || errno !== 1045 || foreignPlugin === undefined) return ADVICE[errno]
  return `the account asks for the plugin ${foreignPlugin}, which the probe does not know`
}
