/** What a probe is: one attempt to learn whether a server serves. Schedule, rise and fall are the check's. */
import type { Address, InetAddress, ServerAddress } from '../../../core/address.js'
import type { Role } from '../../../core/role.js'
import type { Health } from '../../../core/server-state.js'
import type { ProbeCode } from './codes.js'
import type { ProbeReason } from './reasons.js'

/** What a probe saw. */
export interface Finding {
  readonly passed: boolean
  /** `SOCKERR` says that the probe could not be made for want of something on this machine: nothing about the server. */
  readonly code: ProbeCode
  readonly reason: ProbeReason
  /** The reason in words for a person, the address included: `connection refused by 127.0.0.1:5432`. No secret. */
  readonly words: string
  /** Where the probe can tell. */
  readonly database?: DatabaseFinding
  /** What an agent asks for. */
  readonly advice?: Advice
}

export interface DatabaseFinding {
  readonly role: Role
  /**
   * Bytes of its log that the primary has written, or a replica has replayed: the difference is the lag in bytes. Absent
   * where the database does not number its log by bytes.
   */
  readonly position?: number
  /** Age of the last change that a replica has replayed, as it says itself; 0 while it has all that it knows of. */
  readonly lagMs?: number
  /** Grows with every promotion, where the database counts them (PostgreSQL's timeline): the newest primary is the true one. */
  readonly timeline?: number
}

/** In place of the present ones; what is absent stays. */
export interface Advice {
  /** Until it says otherwise. */
  readonly health?: Health
  /** Percent of the weight that the operator set. */
  readonly weightPercent?: number
  readonly admin?: 'ready' | 'drain' | 'maint'
  /** Sessions at one time. */
  readonly maxSessions?: number
}

/** Whom an attempt is for. */
export interface ServerName {
  readonly backend: string
  readonly name: string
  /** As declared: a certificate is made out to the host name, and not to what it resolved to. */
  readonly address?: ServerAddress
}

export interface Attempt<Settings> {
  /** The server's address, with the check's own port where it has one. */
  readonly target: Address
  /** Undefined where nobody of the config is probed. */
  readonly server?: ServerName | undefined
  /** Local address that sessions to this server come from; its port is not taken. */
  readonly source: InetAddress | undefined
  readonly settings: Settings
  /** For the words; it is `signal` that ends the attempt. */
  readonly timeoutMs: number
  /** Aborts when the time is up or the answer is no longer wanted. */
  readonly signal: AbortSignal
  /** Tells what has just been done, for whoever watches one probe: `connected`, `logged in as monitor`. No secret. */
  step(words: string): void
}

/** One entry of the list of probes. */
export interface ProbeDefinition<Settings extends { readonly type: string }> {
  readonly type: Settings['type']
  /** One line for people. */
  readonly summary: string
  /** Loads the library that it needs: the time of a probe begins afterwards, for it is no server's fault. */
  load?(settings: Settings): Promise<unknown> | undefined
  /**
   * Never rejects for what a server or a network may do. When `signal` aborts it settles at once and no descriptor of
   * its own is left open; it may settle before it has closed everything, but not later than that.
   */
  run(attempt: Attempt<Settings>): Promise<Finding>
}
