/** What came of a reload, or would come of it. Plain data: `JSON.stringify` is its form for programs. */
import type { Difference } from '../../config/difference/difference.js'
import type { ConfigError } from '../../config/errors.js'

export type ReloadResult = ReloadDone | ReloadRefused

export interface ReloadDone {
  readonly ok: true
  /** False where it was only tried. */
  readonly applied: boolean
  /** Path of the config file. */
  readonly config: string
  /** From the config in force to the file: keys of `[runtime]` that take a restart come again every time. */
  readonly changes: Difference
  readonly warnings: readonly ConfigError[]
}

/** Nothing has changed. */
export interface ReloadRefused {
  readonly ok: false
  readonly config: string
  /** In words, a line for each thing that is wrong. */
  readonly why: string
  /** Where the file is to blame. */
  readonly errors: readonly ConfigError[]
}
