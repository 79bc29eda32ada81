/** Backends that are to be rebalanced by themselves are, when servers come to take sessions that others have. */
import { LANE_BIT } from '../../core/lane.js'
import { isServing } from '../../core/server-state.js'
import type { Backend } from '../registry/backend.js'
import type { Registry } from '../registry/registry.js'
import type { Cancel, Timing } from '../timing.js'
import type { Rebalancing } from './rebalancing.js'

const LOOK_EVERY_MS = 1_000
export const BY_CONFIG = 'config'

export class AutomaticRebalancing {
  /** Who took which sessions, with which weight, when it was looked at last. */
  private readonly seen = new WeakMap<Backend, string>()
  /** A server has come into rotation. */
  private readonly due = new WeakSet<Backend>()
  private cancel: Cancel = () => {}

  constructor(
    private readonly registry: Registry,
    private readonly rebalancing: Rebalancing,
    private readonly timing: Timing,
  ) {}

  start(): void {
    const { registry } = this
    // one that was away for a moment lost its sessions all the same
    registry.on('health', (server, is) => is === 'up' && this.due.add(registry.backendOf(server)))
    registry.on('admin', (server, _, is) => is === 'ready' && this.due.add(registry.backendOf(server)))
    this.lookAtAll()
  }

  private lookAtAll(): void {
    for (const backend of this.registry.backends) this.look(backend)
    this.cancel = this.timing.after(LOOK_EVERY_MS, () => this.lookAtAll())
  }

  stop(): void {
    this.cancel()
  }

  private look(backend: Backend): void {
    const { rebalance } = backend.settings
    if (!rebalance || this.rebalancing.obstacle(backend) !== undefined) return
    const isUnderWay = this.rebalancing.runOf(backend)?.state === 'running'
    if (isUnderWay) return
    const was = this.seen.get(backend)
    const is = whoServes(backend)
    this.seen.set(backend, is)
    const isDue = this.due.delete(backend)
    if (!isDue && (was === undefined || was === is)) return
    void this.rebalancing.begin(backend, { ...rebalance, isPatient: true }, BY_CONFIG)
  }
}

/** The weights as set: those that follow the lag change all the time. */
function whoServes({ servers }: Backend): string {
  return servers
    .map(({ board, slot, name, weight }) => {
      const lanes = Object.values(LANE_BIT).filter((bit) => isServing(board, slot, bit))
      return `${name} ${lanes.join()} ${weight}`
    })
    .join('\n')
}
