/** The checks of all servers that have one: begun one after the other, steered by what happens to the servers. */
import { formatAddress } from '../../core/address.js'
import type { Registry } from '../registry/registry.js'
import type { RegistryEvents } from '../registry/registry-events.js'
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
    private readonly timing: Timing = systemTiming,
    private readonly probe: StartProbe = startProbe,
  ) {
    for (const [server, settings] of this.wanted()) this.add(server, settings)
  }

  start(): void {
    this.registry.on('admin', this.onAdmin)
    this.registry.on('address', this.onAddress)
    this.registry.on('checked', this.onChecked)
    this.registry.on('membership', this.onMembership)
    const shortest = Math.min(...[...this.checks.keys()].map((server) => this.settingsOf(server)?.intervalMs ?? 0))
    let position = 0
    for (const check of this.checks.values()) check.start(startDelay(position++, this.checks.size, shortest))
  }

  /** Ends every probe under way. */
  stop(): void {
    this.registry.off('admin', this.onAdmin)
    this.registry.off('address', this.onAddress)
    this.registry.off('checked', this.onChecked)
    this.registry.off('membership', this.onMembership)
    for (const check of this.checks.values()) check.stop()
  }

  /** Probes the server now, where it is checked. */
  hurry(server: Server): void {
    this.checks.get(server)?.hurry()
  }

  private wanted(): ReadonlyMap<Server, CheckSettings> {
    const servers = this.registry.backends.flatMap((backend) => backend.servers)
    return new Map(
      servers.flatMap((server) => {
        const settings = this.settingsOf(server)
        return settings ? [[server, settings] as const] : []
      }),
    )
  }

  private add(server: Server, settings: CheckSettings): Check {
    const check = new Check(this.registry, server, settings, this.timing, this.probe)
    this.checks.set(server, check)
    return check
  }

  /** Servers came and went, and those that stayed may be checked in another way. */
  private readonly onMembership = (...[, removed]: RegistryEvents['membership']) => {
    const wanted = this.wanted()
    for (const [server, check] of this.checks) {
      if (!wanted.has(server)) this.drop(server, check, removed.includes(server))
    }
    let added = 0
    for (const [server, settings] of wanted) {
      const present = this.checks.get(server)
      if (present) present.follow(settings)
      else this.add(server, settings).start(startDelay(added++, wanted.size, settings.intervalMs))
    }
  }

  /** What is checked no more is up, as one that never was. */
  private drop(server: Server, check: Check, isRemoved: boolean): void {
    check.stop()
    this.checks.delete(server)
    if (isRemoved) return
    check.forgetAdvice()
    server.check = undefined
    if (server.resolved) this.registry.setHealth(server, 'up', 'it has no check any more')
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
