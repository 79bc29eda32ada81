/** The checks of all servers that have one: begun one after the other, steered by what happens to the servers. */
import { formatAddress } from '../../core/address.js'
import type { Registry, RegistryEvents } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { systemTiming, type Timing } from '../timing.js'
import { Check } from './check.js'
import { type StartProbe, startProbe } from './run-probe.js'
import { startDelay } from './schedule.js'
import type { CheckSettings } from './settings.js'

export class Checks {
  private readonly checks = new Map<Server, Check>()

  /**
   * Gives every server with settings its `check` state; nothing is probed before `start`.
   * @param settingsOf undefined for a server without a check
   */
  constructor(
    private readonly registry: Registry,
    private readonly settingsOf: (server: Server) => CheckSettings | undefined,
    timing: Timing = systemTiming,
    probe: StartProbe = startProbe,
  ) {
    for (const server of registry.backends.flatMap((backend) => backend.servers)) {
      const settings = settingsOf(server)
      if (settings) this.checks.set(server, new Check(registry, server, settings, timing, probe))
    }
  }

  start(): void {
    this.registry.on('admin', this.onAdmin)
    this.registry.on('address', this.onAddress)
    this.registry.on('checked', this.onChecked)
    const shortest = Math.min(...[...this.checks.keys()].map((server) => this.settingsOf(server)?.intervalMs ?? 0))
    let position = 0
    for (const check of this.checks.values()) check.start(startDelay(position++, this.checks.size, shortest))
  }

  /** Ends every probe under way. */
  stop(): void {
    this.registry.off('admin', this.onAdmin)
    this.registry.off('address', this.onAddress)
    this.registry.off('checked', this.onChecked)
    for (const check of this.checks.values()) check.stop()
  }

  private readonly onAdmin = (...[server, was, is]: RegistryEvents['admin']) => {
    const check = this.checks.get(server)
    if (is === 'maint') check?.suspend()
    else if (was === 'maint') check?.resume('leaving maintenance')
  }

  private readonly onChecked = (...[server, is]: RegistryEvents['checked']) => {
    if (is) this.checks.get(server)?.probeNow()
    else this.checks.get(server)?.stop()
  }

  private readonly onAddress = (...[server, was]: RegistryEvents['address']) => {
    if (was) this.checks.get(server)?.probeNow()
    else if (server.resolved) this.checks.get(server)?.resume(`resolved to ${formatAddress(server.resolved)}`)
  }
}
