/** What the rest of the control plane may ask of all workers together. Answers come after every living worker acknowledged. */
import type {
  IdleClose,
  Kill,
  SessionCount,
  SessionFilter,
  SessionInfo,
  SessionListFilter,
} from '../../core/messages.js'

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
  /** The TCP sessions of a backend; each worker's by themselves. @param idleMs of rest that make a session idle */
  countSessions(backend: number, idleMs: number): Promise<readonly SessionCount[]>
  /** Closes idle sessions in order, and says how many there were. */
  closeIdle(which: IdleClose): Promise<number>
}
