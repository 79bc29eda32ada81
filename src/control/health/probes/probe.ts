/** What a probe is: one attempt to learn whether a server serves. Schedule, rise and fall are the check's. */
import type { Address, InetAddress } from '../../../core/address.js'
import type { ProbeCode } from '../../registry/server.js'

/** What a probe saw. Roles and lag of a database will stand beside these, optional. */
export interface Finding {
  readonly passed: boolean
  /** `SOCKERR` says that the probe could not be made for want of something on this machine: nothing about the server. */
  readonly code: ProbeCode
  /** The reason in words for a person, the address included: `connection refused by 127.0.0.1:5432`. */
  readonly words: string
}

export interface Attempt<Settings> {
  /** The server's address, with the check's own port where it has one. */
  readonly target: Address
  /** Local address that sessions to this server come from; its port is not taken. */
  readonly source: InetAddress | undefined
  readonly settings: Settings
  /** For the words; it is `signal` that ends the attempt. */
  readonly timeoutMs: number
  /** Aborts when the time is up or the answer is no longer wanted. */
  readonly signal: AbortSignal
}

/** One entry of the list of probes. */
export interface ProbeDefinition<Settings extends { readonly type: string }> {
  readonly type: Settings['type']
  /** One line for people. */
  readonly summary: string
  /**
   * Never rejects for what a server or a network may do. When `signal` aborts it settles at once and no descriptor of
   * its own is left open; it may settle before it has closed everything, but not later than that.
   */
  run(attempt: Attempt<Settings>): Promise<Finding>
}
