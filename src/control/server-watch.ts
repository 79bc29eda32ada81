/** All that watches the servers: checks and agents, the roles that they find out, and what becomes of sessions by it. */
import { Endings } from './endings/endings.js'
import { Agents } from './health/agents.js'
import { Checks } from './health/checks.js'
import { logRoles } from './log/follow-roles.js'
import type { Log } from './log/log.js'
import type { Registry } from './registry/registry.js'
import { Failovers } from './roles/failovers.js'
import { firstRoles } from './roles/first-roles.js'
import { Refusals } from './roles/refusals.js'
import { Roles } from './roles/roles.js'
import { systemTiming } from './timing.js'
import type { WorkerRequests } from './workers/worker-requests.js'

export class ServerWatch {
  private readonly endings: Endings
  private readonly checks: Checks
  private readonly agents: Agents
  private readonly refusals: Refusals

  constructor(
    private readonly registry: Registry,
    workers: Pick<WorkerRequests, 'killSessions'>,
    log: Log,
  ) {
    const roles = new Roles(registry)
    this.endings = new Endings({ registry, roles, workers, timing: systemTiming })
    const failovers = new Failovers(registry, roles, this.endings, systemTiming)
    logRoles(log, roles, this.endings, failovers)
    roles.start()
    this.endings.start()
    failovers.start()
    this.checks = new Checks(registry, (_, { settings }) => settings.check || undefined)
    this.agents = new Agents(registry)
    this.refusals = new Refusals(registry, (server) => this.checks.hurry(server), systemTiming)
  }

  /** Resolves when nobody who asks for a role would be refused for want of a first probe. */
  async start(): Promise<void> {
    this.checks.start()
    this.agents.start()
    this.refusals.start()
    await firstRoles(this.registry, systemTiming)
  }

  /** Another generation takes new sessions: what is found out matters no more, but to sessions that may be ended by it. */
  retire(): void {
    this.agents.stop()
    this.refusals.stop()
    if (!this.endings.needChecks && !this.isAwaited) this.checks.stop()
  }

  /** Somebody waits for a server that only its check can tell to be back. */
  private get isAwaited(): boolean {
    const { backends, board } = this.registry
    return backends.some(({ id }) => board.waitingFor(id) > 0)
  }

  stop(): void {
    this.agents.stop()
    this.refusals.stop()
    this.checks.stop()
    this.endings.stop()
  }
}
