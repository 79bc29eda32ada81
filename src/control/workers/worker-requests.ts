/** What the rest of the control plane may ask of all workers together. Answers come after every living worker acknowledged. */
import type { Kill, SessionFilter, SessionInfo, SessionListFilter } from '../../core/messages.js'

export interface WorkerRequests {
  /** `linux` or `portable`. */
  readonly engine: string
  readonly count: number
  /** Workers that run at present. */
  readonly running: number
  /** At most `limit` sessions over all workers, oldest first. */
  listSessions(filter: SessionListFilter, limit: number): Promise<readonly SessionInfo[]>
  /** Resets the sessions and says how many there were. @param kill at once for an operator unless it says otherwise */
  killSessions(filter: SessionFilter, kill?: Kill): Promise<number>
}
