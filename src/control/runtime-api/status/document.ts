/**
 * What `show status json` answers: everything at once, for the command line and for programs. Counters only grow; times
 * are Unix time in ms; rates are per second.
 */
import type { AskedRole } from '../../../core/lane.js'
import type { ConnectFailure } from '../../../core/reasons.js'
import type { Role } from '../../../core/role.js'
import type { AdminState, Health } from '../../../core/server-state.js'
import type { Status, StatusCheck } from '../../health/readiness.js'
import type { Change, HealthChange, ProbeReport } from '../../registry/server.js'
import type { GenerationStatus } from '../../upgrade/generations.js'

export interface StatusDocument {
  readonly version: string
  readonly pid: number
  /** 1, and one more with every upgrade. */
  readonly generation: number
  /** Former generations that still have sessions, oldest first. */
  readonly older: readonly GenerationStatus[]
  readonly engine: string
  readonly workers: number
  readonly startedAt: number
  readonly uptimeMs: number
  readonly stopping: boolean
  /** The worst of the checks. */
  readonly status: Status
  readonly checks: readonly StatusCheck[]
  /** Of every generation together. */
  readonly sessions: SessionCounts
  readonly frontends: readonly FrontendStatus[]
  readonly backends: readonly BackendStatus[]
}

export interface SessionCounts {
  readonly live: number
  /** The most alive at once; null where nobody keeps it. */
  readonly peak: number | null
  /** The most allowed at once; null without a limit. */
  readonly max: number | null
  /** Frontends count those that got a server, servers those that were connected. */
  readonly total: number
  readonly perSecond: number
  /** Mean over the last minute. */
  readonly perSecondOverMinute: number
  readonly perSecondPeak: number
}

export interface Flow {
  readonly in: number
  readonly out: number
}

export interface FrontendStatus {
  readonly name: string
  readonly protocol: 'tcp' | 'udp'
  /** Which of their servers it is for. */
  readonly role: AskedRole
  /** The backends that it feeds; several where it splits. */
  readonly backends: readonly RouteStatus[]
  /** The last change of the weights at run time. */
  readonly splitChanged: Change | null
  /** Bound addresses, e.g. `tcp://127.0.0.1:5432`; as configured until they are bound. */
  readonly listeners: readonly string[]
  readonly sessions: SessionCounts
  /** TCP: connections taken; UDP: first datagrams of new flows. */
  readonly accepted: number
  readonly refused: {
    readonly frontendLimit: number
    readonly globalLimit: number
    readonly noServer: number
    readonly connect: number
    readonly queueFull: number
    readonly waitTimeout: number
  }
  /** Times a session went on to another backend of the split, since the one before had no server for it. */
  readonly diverted: number
  /** Clients that left before a server was connected. */
  readonly clientGone: number
  /** PostgreSQL's CancelRequests, where the frontend speaks postgres. Those to all servers are no sessions. */
  readonly cancels: { readonly toOwner: number; readonly toAll: number; readonly copied: number }
  /** Clients of postgres for whom a server was chosen although they had said nothing for 5 s. */
  readonly silentClients: number
  /** Sessions that carried no byte. */
  readonly empty: number
  readonly acceptErrors: number
  readonly bytes: Flow
  readonly datagrams: Flow & { readonly dropped: number; readonly kernelDrops: number }
}

export interface RouteStatus {
  readonly backend: string
  readonly weight: { readonly set: number; readonly configured: number }
  /** Of the new sessions, from 0 to 1, as the weights say: a backend without a server loses its share to the others. */
  readonly share: number
  /** Servers in rotation. */
  readonly serving: number
}

export interface BackendStatus {
  readonly name: string
  readonly policy: string
  /** Up while at least one server is ready, up and has a weight. */
  readonly state: 'up' | 'down'
  readonly since: number
  /** Times it lost its last server. */
  readonly downs: number
  readonly frontends: readonly string[]
  readonly serving: number
  readonly sessions: SessionCounts
  /** The server that takes writes; null where there is none, or no telling. */
  readonly primary: string | null
  /** Servers that say that they are the primary, when there is more than one: split brain. */
  readonly rivals: readonly string[]
  readonly waiting: WaitingStatus
  /** Null unless an operator said that new sessions wait. */
  readonly pause: PauseStatus | null
  readonly servers: readonly ServerStatus[]
}

/** TCP sessions that wait for a server. */
export interface WaitingStatus {
  readonly now: number
  readonly peak: number
  /** How many may at one time. */
  readonly most: number
  /** Milliseconds that one may wait when there is no server and no pause; 0 refuses it at once. */
  readonly noServerMs: number
  /** Sessions that had to wait and got a server, and how long they waited, summed up, ms. */
  readonly waited: number
  readonly waitedMs: number
}

/** Times are Unix time, ms. */
export interface PauseStatus {
  /** `resumed`: servers are given again, and until `until` nobody is refused for want of one. */
  readonly state: 'paused' | 'resumed'
  /** Who said so last. */
  readonly by: string
  readonly since: number
  readonly until: number
  /** For how long it was asked, ms. */
  readonly timeoutMs: number
}

export interface ServerStatus {
  /** `<backend>/<server>` */
  readonly path: string
  readonly name: string
  readonly backend: string
  /** As configured. */
  readonly address: string
  /** Numeric; null while a host name has not resolved. */
  readonly resolved: string | null
  readonly admin: AdminState
  readonly health: Health
  /** Both together in HAProxy's words, e.g. `UP`, `UP 1/3`, `DRAIN`, `no check`. */
  readonly status: string
  /** Takes new sessions: ready, up, and weight above 0. */
  readonly serving: boolean
  readonly since: number
  readonly weight: { readonly set: number; readonly configured: number; readonly effective: number }
  readonly sessions: SessionCounts
  /** Times the policy chose it. */
  readonly picks: number
  readonly bytes: Flow
  readonly datagrams: Flow
  readonly connectFailures: Readonly<Record<ConnectFailure, number>>
  /** Sessions that went to another server after a failed connect here. */
  readonly redispatches: number
  readonly udpRefusals: number
  /** Sum over the sessions that were connected, milliseconds. */
  readonly connectMs: number
  readonly aborts: { readonly client: number; readonly server: number }
  readonly kills: number
  readonly check: CheckStatus | null
  readonly agent: AgentStatus | null
  /** What its probes found out about its database; null where they cannot tell. */
  readonly database: DatabaseStatus | null
  readonly changed: {
    readonly admin: Change | null
    readonly weight: Change | null
    readonly health: HealthChange | null
  }
  readonly downMs: number
  /** Why it is in its state, as sentences without a full stop, the most telling first. */
  readonly why: readonly string[]
}

export interface DatabaseStatus {
  readonly role: Role
  /** Unix time, ms, since when it has shown this role. */
  readonly since: number
  /** Of a replica: milliseconds behind, and bytes of log not yet replayed; null where nobody knows. */
  readonly lag: { readonly ms: number | null; readonly bytes: number | null } | null
  /** Further behind than `max_lag`, or not yet back. */
  readonly lagging: boolean
  /** The roles that it serves at present. */
  readonly serves: readonly Role[]
}

export interface AgentStatus {
  /** False while it is not asked, by hand. */
  readonly on: boolean
  /** Its last word on the server's health; up until it says down. */
  readonly health: Health
  /** The last answer; null while there was none. */
  readonly said: ProbeReport | null
  /** The last attempt, answered or not. */
  readonly last: ProbeReport | null
}

export interface CheckStatus {
  /** From 0 to rise + fall - 1; up from `rise` on. */
  readonly health: number
  readonly rise: number
  readonly fall: number
  /** Null until the first probe ended. */
  readonly last: ProbeReport | null
  /** Probes that failed while the server was up. */
  readonly failures: number
  readonly downs: number
}
