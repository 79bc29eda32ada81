/** What the session code of one worker has at hand. */
import type { WorkerNotice } from '../core/messages.js'
import type { Random } from '../core/policy/policy.js'
import type { WorkerColumn } from '../core/scoreboard/column.js'
import type { Engine } from './engine.js'
import type { Cancels } from './postgres/cancels.js'
import type { Records } from './records.js'
import type { Sessions } from './sessions.js'
import type { WaitingRoom } from './tcp/waiting-room.js'

export interface WorkerContext {
  readonly engine: Engine
  readonly column: WorkerColumn
  readonly sessions: Sessions
  readonly records: Records
  readonly waitingRoom: WaitingRoom
  readonly cancels: Cancels
  readonly random: Random
  /** Tells control something worth a log line. */
  readonly notify: (notice: WorkerNotice, detail: string) => void
}
