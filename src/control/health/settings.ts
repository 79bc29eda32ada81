/** How a server is checked: the schedule that all checks share, and the settings of one probe. */
import type { ProbeSettings } from './probes/list.js'

export interface CheckSchedule {
  /** From the start of one probe to the start of the next. */
  readonly intervalMs: number
  /** The same while the server is on its way up or down. */
  readonly fastIntervalMs: number
  /** Longest time of one probe. Beyond the interval it delays the next one: probes of a server never overlap. */
  readonly timeoutMs: number
  /** Passed probes that bring a server up, from 1. */
  readonly rise: number
  /** Failed probes that take a server down, from 1. */
  readonly fall: number
}

export type CheckSettings = CheckSchedule &
  ProbeSettings & {
    /** Where to probe, when not at the server's own port. */
    readonly port?: number | undefined
  }
