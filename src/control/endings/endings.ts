/** Ends live sessions when their server should not have them any more, as the backend's config says for each reason. */
import { EventEmitter } from 'node:events'
import type { SessionFilter } from '../../core/messages.js'
import type { KillReason } from '../../core/reasons.js'
import type { AdminState } from '../../core/server-state.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import type { Roles } from '../roles/roles.js'
import type { Cancel, Timing } from '../timing.js'
import type { WorkerRequests } from '../workers/worker-requests.js'

export interface EndingsEvents {
  /** Every worker has killed its part, or will within `kill_over`. */
  killed: [server: Server, reason: KillReason, sessions: number]
}

export interface EndingsMeans {
  readonly registry: Registry
  readonly roles: Roles
  readonly workers: Pick<WorkerRequests, 'killSessions'>
  readonly timing: Timing
}

export class Endings extends EventEmitter<EndingsEvents> {
  /** Kills to come, by the server that drains. */
  private readonly drains = new Map<Server, Cancel>()
  private readonly underWay = new Set<Promise<void>>()

  constructor(private readonly means: EndingsMeans) {
    super()
  }

  start(): void {
    const { registry, roles } = this.means
    registry.on('health', (server, is) => {
      if (is === 'down' && this.settingsOf(server).onDown === 'kill') this.kill(server, 'server-down')
    })
    roles.on('role-lost', (server) => {
      if (this.settingsOf(server).onRoleLost === 'kill') this.killOf(server, 'role-lost', isForPrimary)
    })
    roles.on('lagging', (server, is) => {
      if (is && this.settingsOf(server).onLag === 'kill') this.killOf(server, 'lagging', (role) => !isForPrimary(role))
    })
    registry.on('admin', (server, _, is) => this.onAdmin(server, is))
    registry.on('membership', (_, removed) => {
      for (const server of removed) this.forget(server)
    })
    for (const server of registry.backends.flatMap(({ servers }) => servers)) this.onAdmin(server, server.admin)
  }

  stop(): void {
    for (const cancel of this.drains.values()) cancel()
    this.drains.clear()
  }

  /** Whether any check may be the end of a session. */
  get needChecks(): boolean {
    const { registry } = this.means
    const asked = registry.frontends
      .filter(({ settings }) => isForPrimary(settings.role))
      .flatMap(({ backends }) => backends)
    return registry.backends.some((backend) => {
      const { check, endings } = backend.settings
      const isRoleAsked = asked.includes(backend) && endings.onRoleLost === 'kill'
      return check !== false && (endings.onDown === 'kill' || endings.onLag === 'kill' || isRoleAsked)
    })
  }

  /** Resolves when the kills that have begun are counted. */
  async settled(): Promise<void> {
    await Promise.all(this.underWay)
  }

  private onAdmin(server: Server, is: AdminState): void {
    this.forget(server)
    const { killAfterDrainMs } = this.settingsOf(server)
    if (is !== 'drain' || killAfterDrainMs === undefined) return
    const cancel = this.means.timing.after(killAfterDrainMs, () => {
      this.drains.delete(server)
      this.kill(server, 'drained')
    })
    this.drains.set(server, cancel)
  }

  private forget(server: Server): void {
    this.drains.get(server)?.()
    this.drains.delete(server)
  }

  /** Only the sessions of frontends that ask for such a role. */
  private killOf(server: Server, reason: KillReason, isOf: (role: string) => boolean): void {
    const backend = this.means.registry.backendOf(server)
    for (const { id, settings, backends } of this.means.registry.frontends) {
      if (backends.includes(backend) && isOf(settings.role)) this.kill(server, reason, { frontend: id })
    }
  }

  private kill(server: Server, reason: KillReason, filter: SessionFilter = {}): void {
    const { killOverMs: overMs } = this.settingsOf(server)
    const request = this.means.workers.killSessions({ ...filter, server: server.slot }, { reason, overMs })
    const told = request.then((sessions) => {
      this.underWay.delete(told)
      if (sessions > 0) this.emit('killed', server, reason, sessions)
    })
    this.underWay.add(told)
  }

  private settingsOf(server: Server) {
    return this.means.registry.backendOf(server).settings.endings
  }
}

function isForPrimary(role: string): boolean {
  return role === 'primary'
}
