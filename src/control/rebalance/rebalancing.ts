/** Rebalances of all backends: one at a time for each, by an operator's word or by the config. */
import { EventEmitter } from 'node:events'
import type { Backend } from '../registry/backend.js'
import { groupsOf } from './groups.js'
import { type RebalanceMeans, RebalanceRun, type RebalanceSettings } from './rebalance-run.js'
import { type Standing, standingOf } from './standing.js'

export interface RebalancingEvents {
  /** There is something to be closed. */
  begun: [run: RebalanceRun]
  /** Of a run that began. */
  ended: [run: RebalanceRun]
}

export class Rebalancing extends EventEmitter<RebalancingEvents> {
  /** The last one of each backend. */
  private readonly runs = new Map<Backend, RebalanceRun>()

  constructor(private readonly means: RebalanceMeans) {
    super()
    means.registry.on('membership', () => this.forgetRemoved())
  }

  /** Why closing sessions of this backend would level nothing; undefined where it would. */
  obstacle(backend: Backend): string | undefined {
    const { policy } = backend.settings
    if (!policy.levels) return `its policy ${policy.name} does not give servers a share by weight`
    const frontends = this.means.registry.frontends.filter(({ backends }) => backends.includes(backend))
    if (frontends.every(({ settings }) => settings.protocol === 'udp')) return 'no TCP frontend feeds it'
    if (backend.pause?.state === 'paused') return 'it is paused: new sessions wait'
    return undefined
  }

  /** How things are; nothing is closed. @param idleMs of rest that make a session idle */
  async look(backend: Backend, idleMs: number): Promise<Standing> {
    const { registry, workers } = this.means
    return standingOf(groupsOf(backend, registry.frontends, await workers.countSessions(backend.id, idleMs)))
  }

  /** Present or past. */
  runOf(backend: Backend): RebalanceRun | undefined {
    return this.runs.get(backend)
  }

  /** Ends a former one that waits for nobody but itself. Undefined while another one is under way. */
  async begin(backend: Backend, settings: RebalanceSettings, by: string): Promise<RebalanceRun | undefined> {
    const former = this.runs.get(backend)
    if (former?.state === 'running' && !former.settings.isPatient) return undefined
    former?.stop()
    const run = new RebalanceRun(this.means, backend, settings, by)
    this.runs.set(backend, run)
    run.on('begun', () => this.emit('begun', run))
    run.on('ended', () => this.emit('ended', run))
    await run.start()
    return run
  }

  /** Ends all of them. */
  stop(): void {
    for (const run of this.runs.values()) run.stop()
  }

  private forgetRemoved(): void {
    const { backends } = this.means.registry
    for (const [backend, run] of this.runs) {
      if (backends.includes(backend)) continue
      run.stop()
      this.runs.delete(backend)
    }
  }
}
