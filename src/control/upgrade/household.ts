/** What of a daemon takes part in an upgrade, and what each part does then. */
import type { FlowLinkEnd } from '../../core/messages.js'
import type { Registry } from '../registry/registry.js'
import type { RuntimeApi } from '../runtime-api/runtime-api.js'
import { formatState } from '../state/document.js'
import type { StateKeeper } from '../state/keeper.js'
import type { Workers } from '../workers/workers.js'
import type { Generations } from './generations.js'
import type { Ancestor } from './hand-over.js'
import { type Heir, type Household, UpgradeError } from './upgrade.js'

export interface HouseholdParts {
  readonly registry: Registry
  readonly workers: Workers
  readonly api: RuntimeApi
  /** Path of the stats socket. */
  readonly socket: string
  readonly generations: Generations
  /** Something that only one process may do at a time, and may begin again. */
  readonly metrics: { start(): Promise<void>; stop(): Promise<void> }
  /** What operators changed: the successor reads it from the disk first, and is told at last. */
  readonly keeper: Pick<StateKeeper, 'flush' | 'entries' | 'giveWay' | 'takeBack'>
  /** Ends checks and the like, which only matter to whoever takes connections. */
  readonly endDuties: () => Promise<void> | void
  /** @param moved UDP flows that the heir took */
  readonly onRetired: (heir: Heir, moved: number) => void
}

export class DaemonHousehold implements Household {
  constructor(private readonly parts: HouseholdParts) {}

  get generation(): number {
    return this.parts.generations.present
  }
  get socket(): string {
    return this.parts.socket
  }
  get ancestors(): readonly Ancestor[] {
    return this.parts.generations.ancestors
  }

  async prepare(): Promise<void> {
    const paused = this.parts.registry.backends.find(({ pause }) => pause?.state === 'paused')
    // who waits here would not hear of the resume, nor of a server that comes back
    if (paused) throw new UpgradeError(`backend ${paused.name} is paused: resume it first`)
    await this.parts.keeper.flush()
  }

  sockets() {
    return this.parts.workers.listeningSockets
  }

  down(): string[] {
    const servers = this.parts.registry.backends.flatMap((backend) => backend.servers)
    return servers.filter(({ health, resolved }) => health === 'down' && resolved).map(({ path }) => path)
  }

  saidDown(): string[] {
    const servers = this.parts.registry.backends.flatMap((backend) => backend.servers)
    return servers.filter(({ agent }) => agent?.health === 'down').map(({ path }) => path)
  }

  async giveWay(): Promise<void> {
    const { generations, metrics, api, keeper } = this.parts
    // first of all: what is changed from here on the successor is not told
    await generations.giveWay()
    await metrics.stop()
    await api.giveWay()
    await keeper.giveWay()
  }

  changes(): string {
    return formatState(this.parts.keeper.entries).text
  }

  async takeBack(): Promise<void> {
    const { generations, metrics, api, keeper } = this.parts
    generations.takeBack()
    keeper.takeBack()
    await api.takeBack()
    await metrics.start()
  }

  async retire(heir: Heir, flowLinks: readonly FlowLinkEnd[]): Promise<void> {
    // first of all: until then the successor leaves datagrams unread
    const moved = await this.parts.workers.sendFlows(flowLinks)
    await this.parts.endDuties()
    await this.parts.workers.stopAccepting()
    this.parts.onRetired(heir, moved)
  }
}
