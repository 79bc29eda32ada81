/** What `show explain json` answers. */

export interface ExplainDocument {
  /** As understood: `192.0.2.7` or `192.0.2.7:50000`. */
  readonly client: string
  readonly frontend: string
  /** Why a new session would be refused before a server is looked for; empty when it would not. */
  readonly refused: readonly string[]
  /** The backends that the session may go to, one after the other as configured. */
  readonly ways: readonly Way[]
}

/** What happens to a session that goes to this backend. */
export interface Way {
  readonly backend: string
  /** Of the frontend's new sessions, 0 to 1. */
  readonly share: number
  readonly policy: string
  /** What the policy does, in one line. */
  readonly rule: string
  /** What the policy hashes; null when it does not look at the client. */
  readonly key: 'address' | 'address:port' | null
  /** By whom and for how long it is paused, in words: new sessions wait, whatever its servers could take. */
  readonly paused: string | null
  /** Milliseconds that a session may wait for a server when there is none; 0 refuses it. */
  readonly waitMs: number
  /** The server that this client gets as things stand; null when that is not decided yet, or none can be taken. */
  readonly server: string | null
  /** The server that the client has by the policy, when that one cannot be taken now and `server` stands in for it. */
  readonly own: string | null
  /** The server that comes next when `server` cannot be connected to; null when there is none, or it is not decided. */
  readonly next: string | null
  readonly servers: readonly Candidate[]
}

export interface Candidate {
  /** `<backend>/<server>` */
  readonly path: string
  /** How likely the next session (with a key: a client at random) goes there, 0 to 1. An estimate, to the percent. */
  readonly share: number
  readonly weight: number
  readonly live: number
  /** What keeps new sessions from it, each in a few words; empty when it may be chosen. */
  readonly obstacles: readonly string[]
}
