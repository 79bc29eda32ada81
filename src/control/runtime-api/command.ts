/** What a command of the runtime API is. Each is one file in commands/, and a line in commands/list.ts. */
import type { Audit } from '../audit/audit.js'
import type { RecentEvents } from '../log/recent.js'
import type { Rebalancing } from '../rebalance/rebalancing.js'
import type { Registry } from '../registry/registry.js'
import type { Reloader } from '../reload/reloader.js'
import type { StateKeeper } from '../state/keeper.js'
import type { Topology } from '../topology/topology.js'
import type { Generations } from '../upgrade/generations.js'
import type { WorkerRequests } from '../workers/worker-requests.js'
import type { Level } from './level.js'
import type { ProcessInfo } from './process-info.js'
import type { Rates } from './rates.js'
import type { Reply } from './reply.js'
import type { SeverityOutput } from './severity.js'

export interface Command {
  /** The words that name it. */
  readonly words: readonly string[]
  /** As the help shows it, e.g. `get weight <bk>/<srv>`. */
  readonly usage: string
  readonly summary: string
  /** Who may call it. */
  readonly level: Level
  /** The most arguments after its words; more are refused. HAProxy ignores them, and with them many a typing error. */
  readonly most: number
  /** Answers as JSON when the last word is `json`, or any word after its own. */
  readonly json?: true | 'anywhere'
  /**
   * Of admin's commands those that a process takes which hands over, or has: it ends its own sessions, or the command sees to
   * that itself. All others make changes that its successor has to hear of, and are refused.
   */
  readonly whileHandingOver?: true
  run(args: readonly string[], call: Call): Reply | Promise<Reply>
}

/** All that a command may see and change. */
export interface Call {
  readonly registry: Registry
  readonly workers: WorkerRequests
  readonly topology: Topology
  /** Undefined while headgate is still starting. */
  readonly reloader: Pick<Reloader, 'reload' | 'compare'> | undefined
  readonly process: ProcessInfo
  readonly generations: Generations
  readonly rates: Rates
  readonly events: RecentEvents
  readonly audit: Audit
  readonly state: StateKeeper
  readonly rebalancing: Rebalancing
  /** Unix time, ms. */
  readonly now: number
  /** Every command, for the help. */
  readonly commands: readonly Command[]
  readonly client: Client
  /** The reply will be its `data` as JSON; of use where making that, or the text, costs something. */
  readonly json: boolean
}

/** The connection that a command came over. */
export interface Client {
  /** Who it is, for the audit trail, e.g. `runtime-api alice (uid 1000, pid 4711)`: wire/peer-name. */
  readonly name: string
  /** It can lower it, and never raise it again. */
  level: Level
  severity: SeverityOutput
  /** Milliseconds in which it must end a command, or take a reply. */
  idleMs: number
  /** Stays open and shows `> ` after each reply. */
  prompting: boolean
  /** Is to be closed without another word. */
  quitting: boolean
  /** Aborted when its connection has closed: whatever waits on its behalf need not go on. */
  readonly gone: AbortSignal
}
