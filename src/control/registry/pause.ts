/** That new sessions of a backend wait, by an operator's word: it always ends by itself. */

export interface Pause {
  /** `resumed`: servers are given again, and for the rest of the time nobody is refused for want of one. */
  readonly state: 'paused' | 'resumed'
  /** Who said so last. */
  readonly by: string
  /** Unix time, ms: since when sessions wait, and until when at the latest. */
  readonly since: number
  readonly until: number
  /** For how long it was asked, ms. */
  readonly timeoutMs: number
}

/** Who ends the pause of a backend that is configured no more. */
export const BY_CONFIG = 'config'
/** Who ends a pause that nobody ended. */
export const BY_TIMEOUT = 'timeout'
