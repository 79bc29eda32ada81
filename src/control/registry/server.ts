/** One server as the control plane knows it. What workers must know is stored on the scoreboard; the rest lives here. */
import type { Address, ServerAddress } from '../../core/address.js'
import { type Hysteresis, isInTransition, isUp } from '../../core/hysteresis.js'
import type { Role } from '../../core/role.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import { type AdminState, adminOf, type Health, healthOf } from '../../core/server-state.js'
import type { ProbeCode } from '../health/probes/codes.js'
import type { DatabaseFinding, Finding } from '../health/probes/probe.js'
import type { ProbeReason } from '../health/probes/reasons.js'
import type { Lag } from '../roles/lag.js'
import type { WeightFactors } from './effective-weight.js'

export { PROBE_CODES, type ProbeCode } from '../health/probes/codes.js'

/** What one probe saw. */
export interface ProbeReport extends Finding {
  readonly durationMs: number
  /** Unix time, ms. */
  readonly at: number
}

/** Probes one after the other that saw the same. */
export interface ProbeRun {
  readonly passed: boolean
  readonly code: ProbeCode
  readonly reason: ProbeReason
  /** Of the last of them. */
  readonly words: string
  readonly count: number
  /** Unix time, ms, of the first and of the last. */
  readonly from: number
  readonly to: number
  readonly fastestMs: number
  readonly slowestMs: number
}

/** Where a server's check stands. */
export interface CheckState {
  hysteresis: Hysteresis
  last: ProbeReport | undefined
  /** The last ones, `last` among them, newest first; only a few are kept. */
  runs: readonly ProbeRun[]
  /** Probes that failed while the server was up (`chkfail`). */
  failures: number
  /** Transitions from up to down (`chkdown`). */
  downs: number
  /** Every probe that did not pass since the start, also while the server was down. */
  readonly failuresByReason: Map<ProbeReason, number>
}

/** Where a server's agent stands: the auxiliary check of HAProxy's agent-check protocol. */
export interface AgentState {
  /** The last attempt to ask it. */
  last: ProbeReport | undefined
  /** The last attempt at which it said something. */
  said: ProbeReport | undefined
  /** Its last word on the server's health; up until it says down. */
  health: Health
  /** Attempts that brought no word of it, since the start. */
  readonly failuresByReason: Map<ProbeReason, number>
}

/** Where an agent is asked and what it is sent, as far as that was set at run time. */
export interface AgentAt {
  readonly host?: string
  readonly port?: number
  readonly send?: string
}

/** Who made the last change of a server's admin state or weight, and when (Unix time, ms). */
export interface Change {
  readonly by: string
  readonly at: number
}

/** Who said last how many sessions a server may have, and what the config said of it then. */
export interface LimitWord {
  readonly by: string
  readonly configured: number
}

/** Why the health is what it is, in words, and since when (Unix time, ms). */
export interface HealthChange {
  readonly why: string
  readonly at: number
  /** Of the probe that brought it about; absent when it was none. */
  readonly reason?: ProbeReason
}

/** Where a host name's resolving stands; servers with a numeric address have none. */
export interface Resolution {
  /** Unix time, ms, of the last answer, good or bad. */
  readonly at: number
  /** Why the last attempt failed, in words; undefined when it succeeded. */
  readonly failure: string | undefined
}

export interface ServerSettings {
  readonly slot: number
  readonly sid: number
  readonly name: string
  readonly backend: string
  readonly address: ServerAddress
  /** 0 to 256. */
  readonly weight: number
  /** 0 means no limit. */
  readonly maxSessions: number
  /** What it began with; `ready` when absent. */
  readonly admin?: AdminState
}

export class Server {
  /** Numeric address in use; undefined while the host name has never resolved. */
  resolved: Address | undefined
  resolution: Resolution | undefined
  check: CheckState | undefined
  agent: AgentState | undefined
  /** Undefined while the health is what it was at start. */
  lastHealthChange: HealthChange | undefined
  /** Unix time, ms. */
  readonly addedAt: number
  /** Unix time, ms, of the last change of what a person sees (`lastchg`). */
  changedAt: number
  /** Milliseconds spent down before the present state began (`downtime`). */
  downMs = 0
  lastAdminChange: Change | undefined
  lastWeightChange: Change | undefined
  lastLimitWord: LimitWord | undefined
  /** Somebody set the address at run time: it holds until the declared one changes. */
  lastAddressChange: Change | undefined
  /** False while probing is switched off by hand; of no meaning where there is no check. */
  isChecked = true
  /** False while its agent is not asked, by hand; of no meaning where there is none. */
  isAgentOn = true
  agentAt: AgentAt = {}
  /** What the registry makes the effective weight of, beside the weight. */
  weightFactors: WeightFactors = new Map()
  /** What the last passed probe told of the database; undefined before it, in maint, and where the probe cannot tell. */
  database: DatabaseFinding | undefined
  /** Unix time, ms, since when it has shown its role. */
  roleSince = 0
  /** Of a replica. */
  lag: Lag | undefined
  /** Further behind than `max_lag`, or not yet back. */
  isLagging = false
  /** Where to probe, set at run time. */
  probeAt: { readonly host?: string; readonly port?: number } = {}

  constructor(
    readonly board: Scoreboard,
    private present: ServerSettings,
    now: number,
  ) {
    this.addedAt = now
    this.changedAt = now
    this.resolved = present.address.family === 'name' ? undefined : present.address
  }

  get settings(): ServerSettings {
    return this.present
  }
  /** For the registry: takes new settings. */
  adopt(settings: ServerSettings, resolved: Address | undefined): void {
    this.present = settings
    if (this.resolved !== resolved) this.lastAddressChange = undefined
    this.resolved = resolved
  }

  get slot(): number {
    return this.settings.slot
  }
  get name(): string {
    return this.settings.name
  }
  /** Where it is said to be: declared, or set at run time. */
  get address(): ServerAddress {
    return this.lastAddressChange && this.resolved ? this.resolved : this.settings.address
  }
  /** `backend/server`, as commands name it. */
  get path(): string {
    return `${this.settings.backend}/${this.settings.name}`
  }
  get admin(): AdminState {
    return adminOf(this.board, this.slot)
  }
  get health(): Health {
    return healthOf(this.board, this.slot)
  }
  /** As set, 0 to 256. */
  get weight(): number {
    return this.board.server(this.slot, 'weight')
  }
  /** What the policy goes by, 0 to 256. */
  get effectiveWeight(): number {
    return this.board.server(this.slot, 'effectiveWeight')
  }
  /** Sessions at one time; 0 is no limit. */
  get maxSessions(): number {
    return this.board.server(this.slot, 'maxSessions')
  }
  get live(): number {
    return this.board.liveOfServer(this.slot)
  }
  get role(): Role | undefined {
    return this.database?.role
  }
  /** Bits of the lanes (core/lane) that it must not serve. */
  get barred(): number {
    return this.board.server(this.slot, 'barred')
  }
  get isRunning(): boolean {
    return this.admin !== 'maint' && this.health === 'up'
  }
  /** Milliseconds spent down until now (Unix time, ms). A clock that was set back takes nothing off what is behind it. */
  downtime(now: number): number {
    return this.downMs + (this.isRunning ? 0 : Math.max(0, now - this.changedAt))
  }

  /**
   * What a person sees, in HAProxy's words: `UP`, `UP 1/3` (on its way down), `DOWN`, `DOWN 1/2` (on its way up), `DOWN (agent)`,
   * `DRAIN`, `MAINT`, `no check`.
   */
  get status(): string {
    if (this.admin === 'maint') return 'MAINT'
    if (this.health === 'down' && this.agent?.health === 'down') return 'DOWN (agent)'
    const up = this.health === 'up'
    const word = up ? (this.admin === 'drain' ? 'DRAIN' : 'UP') : 'DOWN'
    if (!this.check) return word === 'UP' ? 'no check' : word
    const { hysteresis } = this.check
    if (!isInTransition(hysteresis)) return word
    const { rise, fall, health } = hysteresis
    return isUp(hysteresis) ? `${word} ${health - rise + 1}/${fall}` : `${word} ${health}/${rise}`
  }
}
