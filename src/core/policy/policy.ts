/** What a policy is, and all that it may see. A policy is pure: the scoreboard, time and chance come in as arguments. */

/** One backend's servers as a policy sees them. A position is a server's index in the backend, in config order. */
export interface Candidates {
  readonly size: number
  /** Identity of the server at a position, for hashing: the same over restarts, reloads and every worker. Unsigned 32 bit. */
  identity(position: number): number
  /** May take a new session now: ready, up, effective weight above 0, below its limit of sessions. */
  isEligible(position: number): boolean
  /** Eligible but for its limit of sessions. Changes only with the generation, so what is built from it may be kept. */
  isServing(position: number): boolean
  /** Effective weight, 0 to 256. */
  weight(position: number): number
  /** Sessions alive over all workers, those still connecting included. */
  live(position: number): number
  /** Changes whenever a weight, an admin state or a health changed; not when sessions come and go. */
  generation(): number
  /** The next number of the backend's one cursor, shared by all workers: unsigned 32 bit, wrapping. */
  advance(): number
  /** The Maglev table in force (TABLE_SIZE entries of positions or NO_ENTRY). */
  table(): Uint16Array
}

/** Uniform in [0, 1). */
export type Random = () => number

/** No server can be chosen. */
export const NONE = -1

export interface Policy {
  /**
   * Chooses a server for one new session.
   * @param key the session's hash (core/session-key), unsigned 32 bit; 0 for policies that do not look at the client
   * @param tried positions that already failed for this session and must not come again
   * @returns a position, or NONE
   */
  choose(key: number, tried: readonly number[]): number
}

/** One entry of the list of policies: schema, docs, help and the test suites read it. */
export interface PolicyDefinition {
  readonly name: string
  /** One line for people. */
  readonly summary: string
  /** What HAProxy calls it in the `algo` column of `show stat`. */
  readonly algo: string
  /** Looks at the client's address: the session needs a key. */
  readonly keyed: boolean
  /** Gives each server its share of the sessions by weight, whoever the clients are. */
  readonly levels: boolean
  /** Reads `Candidates.table`: control builds one for the backend. */
  readonly tabled: boolean
  create(candidates: Candidates, random: Random): Policy
}
