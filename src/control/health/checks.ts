/** The checks of all servers that have one, steered by what happens to the servers. */
import { formatAddress } from '../../core/address.js'
import type { Registry } from '../registry/registry.js'
import type { RegistryEvents } from '../registry/registry-events.js'
import type { Server } from '../registry/server.js'
import { systemTiming, type Timing } from '../timing.js'
import { Check } from './check.js'
import { type StartProbe, startProbe } from './run-probe.js'
import { type ScheduleMeans, Schedules } from './schedules.js'
import type { CheckSettings } from './settings.js'

export class Checks {
  private readonly checks: Schedules<CheckSettings, Check>

  /**
   * Gives every server with settings its `check` state; nothing is probed before `start`.
   * @param settingsOf undefined for a server without a check
   */
  constructor(
    private readonly registry: Registry,
    settingsOf: ScheduleMeans<CheckSettings, Check>['settingsOf'],
    timing: Timing = systemTiming,
    probe: StartProbe = startProbe,
  ) {
    this.checks = new Schedules<CheckSettings, Check>(registry, {
      settingsOf,
      create: (server, settings) => new Check(registry, server, settings, timing, probe),
      // what is checked no more is up, as one that never was
      unwanted(server, check) {
        check.forgetAdvice()
        server.check = undefined
        if (server.resolved) registry.setHealth(server, 'up', 'it has no check any more')
      },
    })
  }

  start(): void {
    this.registry.on('admin', this.onAdmin)
    this.registry.on('address', this.onAddress)
    this.registry.on('checked', this.onChecked)
    this.checks.start()
  }

  /** Ends every probe under way. */
  stop(): void {
    this.registry.off('admin', this.onAdmin)
    this.registry.off('address', this.onAddress)
    this.registry.off('checked', this.onChecked)
    this.checks.stop()
  }

  /** Probes the server now, where it is checked. */
  hurry(server: Server): void {
    this.checks.of(server)?.hurry()
  }

  private readonly onAdmin = (...[server, was, is]: RegistryEvents['admin']) => {
    const check = this.checks.of(server)
    if (is === 'maint') check?.suspend()
    else if (was === 'maint') check?.resume('leaving maintenance')
  }

  private readonly onChecked = (...[server, is]: RegistryEvents['checked']) => {
    if (is) this.checks.of(server)?.probeNow()
    else this.checks.of(server)?.stop()
  }

  private readonly onAddress = (...[server, was]: RegistryEvents['address']) => {
    if (was) this.checks.of(server)?.probeNow()
    else if (server.resolved) this.checks.of(server)?.resume(`resolved to ${formatAddress(server.resolved)}`)
  }
}
