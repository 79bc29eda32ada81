/** One rebalance of one backend, from the first count to the last session that it could close. */
import { EventEmitter } from 'node:events'
import { intervalOf } from '../../core/rate.js'
import type { Backend } from '../registry/backend.js'
import type { Registry } from '../registry/registry.js'
import type { Cancel, Timing } from '../timing.js'
import type { WorkerRequests } from '../workers/worker-requests.js'
import { groupsOf } from './groups.js'
import { type Expected, type Place, type Standing, standingOf } from './standing.js'

export const REBALANCE_STATES = [
  'running',
  'balanced', // everybody is within one session of its share, or has only to wait for those that come back
  'busy', // what is left over was in use all the time
  'restless', // those that were closed came back to where they had been, again and again
  'stopped', // by an operator, by another rebalance, or with headgate
  'paused', // new sessions of the backend wait: nobody is closed into that
  'removed', // the backend is gone
  'failed', // the workers did not answer
] as const
export type RebalanceState = (typeof REBALANCE_STATES)[number]

export interface RebalanceSettings {
  /** Milliseconds of rest after which a session may be closed. */
  readonly idleMs: number
  /** Sessions closed an hour, at most. */
  readonly perHour: number
  /** Never ends for sessions that are in use, but waits for their rest. */
  readonly isPatient: boolean
}

export interface RebalanceMeans {
  readonly registry: Registry
  readonly workers: Pick<WorkerRequests, 'countSessions' | 'closeIdle'>
  readonly timing: Timing
}

interface RunEvents {
  /** There is something to be closed. */
  begun: []
  ended: []
}

/** Round-robin over n servers takes n rounds; a policy that has not levelled it by then does not. */
const MOST_ROUNDS = 10
/** How often sessions are counted while there is nothing to be closed. */
const LOOK_EVERY_MS = 200
const PATIENT_LOOK_EVERY_MS = 1_000
/** At a high rate several are closed at once. */
const SHORTEST_STEP_MS = 50
/** Clients whose sessions were closed have so long to come back: what they choose may need another round. */
const SETTLE_MS = 2_000

export class RebalanceRun extends EventEmitter<RunEvents> {
  state: RebalanceState = 'running'
  closed = 0
  standing: Standing = { places: [], surplus: 0, away: 0 }
  readonly beganAt: number
  /** Unix time, ms; undefined while it runs. */
  endedAt: number | undefined
  private readonly expected: Expected = new Map()
  private cancel: Cancel = () => {}
  private hasBegun = false
  /** Sessions that were too many when there were most of them. */
  private mostSurplus = 0
  /** In ticks: when sessions were closed, or more of them came back than ever since, for the last time. */
  private movedAt: number
  /** Since sessions were closed. Where some come and go all the time, the number that is away never rests. */
  private leastAway = Number.POSITIVE_INFINITY
  private closedAt: number

  constructor(
    private readonly means: RebalanceMeans,
    readonly backend: Backend,
    readonly settings: RebalanceSettings,
    readonly by: string,
  ) {
    super()
    this.beganAt = means.timing.now()
    this.closedAt = this.movedAt = means.timing.ticks()
  }

  /** Resolves after the first step. */
  start(): Promise<void> {
    return this.step()
  }

  stop(): void {
    this.end('stopped')
  }

  private async step(): Promise<void> {
    try {
      const obstacle = this.obstacle()
      if (obstacle) return this.end(obstacle)
      await this.look()
      const closed = this.state === 'running' ? await this.closeSome() : 0
      if (this.state === 'running') this.goOn(closed)
    } catch {
      this.end('failed')
    }
  }

  private obstacle(): RebalanceState | undefined {
    const { backend } = this
    if (this.means.registry.backend(backend.name) !== backend) return 'removed'
    return backend.pause?.state === 'paused' ? 'paused' : undefined
  }

  private async look(): Promise<void> {
    const { registry, workers, timing } = this.means
    const counts = await workers.countSessions(this.backend.id, this.settings.idleMs)
    this.standing = standingOf(groupsOf(this.backend, registry.frontends, counts), this.expected)
    if (this.standing.away >= this.leastAway) return
    this.leastAway = this.standing.away
    this.movedAt = timing.ticks()
  }

  /** Of the server that has most too many. Returns how many were closed. */
  private async closeSome(): Promise<number> {
    const [worst] = this.standing.places
      .filter(({ surplus, idle }) => surplus > 0 && idle > 0)
      .toSorted((a, b) => b.surplus - a.surplus)
    this.mostSurplus = Math.max(this.mostSurplus, this.standing.surplus)
    if (this.standing.surplus > 0) this.begin()
    if (!worst) return 0
    const closed = await this.close(worst)
    this.closed += closed
    if (closed === 0) return 0
    this.closedAt = this.movedAt = this.means.timing.ticks()
    this.leastAway = Number.POSITIVE_INFINITY
    return closed
  }

  private close({ group, server, surplus }: Place): Promise<number> {
    const { idleMs } = this.settings
    const most = Math.min(surplus, this.perStep)
    return this.means.workers.closeIdle({ frontends: group.frontends, server: server.slot, idleMs, most })
  }

  private begin(): void {
    if (this.hasBegun) return
    this.hasBegun = true
    this.emit('begun')
  }

  /** Sessions closed in one step, so that steps are not too close to each other. */
  private get perStep(): number {
    return Math.ceil(SHORTEST_STEP_MS / intervalOf(this.settings.perHour))
  }

  private goOn(closed: number): void {
    const now = this.means.timing.ticks()
    const { surplus, away } = this.standing
    const { idleMs, perHour, isPatient } = this.settings
    const settleMs = isPatient ? Math.max(idleMs, SETTLE_MS) : SETTLE_MS
    const isSettled = away === 0 || now - this.movedAt >= settleMs
    const most = this.mostSurplus * Math.max(MOST_ROUNDS, 2 * this.backend.servers.length)
    if (surplus === 0 && isSettled) this.end('balanced')
    else if (surplus > 0 && this.closed >= most) this.end('restless')
    else if (surplus > 0 && !isPatient && now - this.closedAt >= idleMs + SETTLE_MS) this.end('busy')
    else {
      const lookMs = isPatient ? PATIENT_LOOK_EVERY_MS : LOOK_EVERY_MS
      const delayMs = closed > 0 ? closed * intervalOf(perHour) : lookMs
      this.cancel = this.means.timing.after(delayMs, () => void this.step())
    }
  }

  private end(state: RebalanceState): void {
    if (this.state !== 'running') return
    this.state = state
    this.endedAt = this.means.timing.now()
    this.cancel()
    // what nobody heard the beginning of needs no end
    if (this.hasBegun) this.emit('ended')
  }
}
