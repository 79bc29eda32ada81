/** What the runtime API tells of the process as a whole. */
export interface ProcessInfo {
  /** headgate's version. */
  readonly version: string
  readonly pid: number
  /** Unix time, ms. */
  readonly startedAt: number
  /** Name of this machine, as `show info` gives it. */
  readonly node: string
  /** Stops accepting and waits for its sessions. */
  isStopping(): boolean
}
