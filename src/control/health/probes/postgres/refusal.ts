/** What PostgreSQL says when it refuses, as reasons. Source: PostgreSQL's manual, appendix "PostgreSQL Error Codes". */
import type { ProbeReason } from '../reasons.js'

/** An error of the server, in its own words; it may be in any language, so only the code is relied on. */
export class Refusal extends Error {
  constructor(
    /** SQLSTATE, five characters. */
    readonly state: string,
    message: string,
  ) {
    super(message)
  }
}

type Reasons = ReadonlyMap<string, ProbeReason>

const WHENEVER: Reasons = new Map([
  ['53300', 'too-many-connections'],
  ['57P01', 'closed'], // "terminating connection due to administrator command"
  ['57P02', 'closed'], // another process of the server crashed
  ['57P03', 'not-ready'], // starting up, shutting down, or a standby that takes no queries
])

const AT_LOGIN: Reasons = new Map([
  ...WHENEVER,
  ['28P01', 'wrong-password'],
  ['3D000', 'wrong-database'],
  ['55000', 'wrong-database'], // "is not currently accepting connections", as template0
])

const AT_QUERY: Reasons = new Map([...WHENEVER, ['57014', 'query-timeout']])

export function reasonAtLogin({ state }: Refusal): ProbeReason {
  return AT_LOGIN.get(state) ?? 'denied'
}

export function reasonAtQuery({ state }: Refusal): ProbeReason {
  return AT_QUERY.get(state) ?? 'query-failed'
}

/** Of PostgreSQL since 14, before, and of poolers. The first two name a rule that is missing; only TLS may be what it asks for. */
const WITHOUT_TLS = /\bno encryption\b|\bSSL off\b|\bSSL required\b|\bsslmode=require\b/

/** A login in plain was refused for want of TLS, as far as the words tell. */
export function asksForTls(refusal: Refusal): boolean {
  return reasonAtLogin(refusal) === 'denied' && WITHOUT_TLS.test(refusal.message)
}
