/** One schedule for each server that wants one: begun one after the other, and in step with who is there. */
import type { Backend } from '../registry/backend.js'
import type { Registry } from '../registry/registry.js'
import type { RegistryEvents } from '../registry/registry-events.js'
import type { Server } from '../registry/server.js'
import { startDelay } from './schedule.js'

/** What a server is asked for, again and again. */
export interface Scheduled<Settings> {
  /** For the first time after so many milliseconds. */
  start(delayMs: number): void
  /** The config may say something else by now. */
  follow(settings: Settings): void
  /** Ends the attempt under way and plans no other. */
  stop(): void
}

export interface ScheduleMeans<Settings, One> {
  /** Undefined for a server that wants none. */
  settingsOf(server: Server, of: Backend): Settings | undefined
  create(server: Server, settings: Settings): One
  /** The server stays, and wants none any more. */
  unwanted(server: Server, one: One): void
}

export class Schedules<Settings extends { readonly intervalMs: number }, One extends Scheduled<Settings>> {
  private readonly all = new Map<Server, One>()

  /** Creates those of the servers that are there; none begins before `start`. */
  constructor(
    private readonly registry: Registry,
    private readonly means: ScheduleMeans<Settings, One>,
  ) {
    for (const [server, settings] of this.wanted()) this.add(server, settings)
  }

  of(server: Server): One | undefined {
    return this.all.get(server)
  }

  start(): void {
    this.registry.on('membership', this.onMembership)
    const wanted = this.wanted()
    const shortest = Math.min(...[...wanted.values()].map(({ intervalMs }) => intervalMs))
    let position = 0
    for (const one of this.all.values()) one.start(startDelay(position++, wanted.size, shortest))
  }

  stop(): void {
    this.registry.off('membership', this.onMembership)
    for (const one of this.all.values()) one.stop()
  }

  private wanted(): ReadonlyMap<Server, Settings> {
    const wanted = new Map<Server, Settings>()
    for (const backend of this.registry.backends) {
      for (const server of backend.servers) {
        const settings = this.means.settingsOf(server, backend)
        if (settings) wanted.set(server, settings)
      }
    }
    return wanted
  }

  private add(server: Server, settings: Settings): One {
    const one = this.means.create(server, settings)
    this.all.set(server, one)
    return one
  }

  /** Servers came and went, and those that stayed may have other settings. */
  private readonly onMembership = (...[, removed]: RegistryEvents['membership']) => {
    const wanted = this.wanted()
    for (const [server, one] of this.all) {
      if (wanted.has(server)) continue
      one.stop()
      this.all.delete(server)
      if (!removed.includes(server)) this.means.unwanted(server, one)
    }
    let added = 0
    for (const [server, settings] of wanted) {
      const present = this.all.get(server)
      if (present) present.follow(settings)
      else this.add(server, settings).start(startDelay(added++, wanted.size, settings.intervalMs))
    }
  }
}
