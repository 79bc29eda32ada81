/** The agents of all servers that have one: begun one after the other, steered by what happens to the servers. */
import type { AgentConfig } from '../../config/config.js'
import type { Registry } from '../registry/registry.js'
import type { RegistryEvents } from '../registry/registry-events.js'
import type { Server } from '../registry/server.js'
import { systemTiming, type Timing } from '../timing.js'
import { Agent } from './agent.js'
import { type StartProbe, startProbe } from './run-probe.js'
import { startDelay } from './schedule.js'

export class Agents {
  private readonly agents = new Map<Server, Agent>()

  /** Gives every server of a backend with an agent its `agent` state; nobody is asked before `start`. */
  constructor(
    private readonly registry: Registry,
    private readonly timing: Timing = systemTiming,
    private readonly probe: StartProbe = startProbe,
  ) {
    for (const [server, settings] of this.wanted()) this.add(server, settings)
  }

  start(): void {
    this.registry.on('address', this.onAsked)
    this.registry.on('agent-at', this.onAsked)
    this.registry.on('agent-on', this.onSwitched)
    this.registry.on('membership', this.onMembership)
    const wanted = this.wanted()
    const shortest = Math.min(...[...wanted.values()].map(({ intervalMs }) => intervalMs))
    let position = 0
    for (const agent of this.agents.values()) agent.start(startDelay(position++, wanted.size, shortest))
  }

  /** Ends every attempt under way. */
  stop(): void {
    this.registry.off('address', this.onAsked)
    this.registry.off('agent-at', this.onAsked)
    this.registry.off('agent-on', this.onSwitched)
    this.registry.off('membership', this.onMembership)
    for (const agent of this.agents.values()) agent.stop()
  }

  private wanted(): ReadonlyMap<Server, AgentConfig> {
    return new Map(
      this.registry.backends.flatMap(({ settings: { agent }, servers }) =>
        agent ? servers.map((server) => [server, agent] as const) : [],
      ),
    )
  }

  private add(server: Server, settings: AgentConfig): Agent {
    const agent = new Agent(this.registry, server, settings, this.timing, this.probe)
    this.agents.set(server, agent)
    return agent
  }

  private readonly onMembership = (...[, removed]: RegistryEvents['membership']) => {
    const wanted = this.wanted()
    for (const [server, agent] of this.agents) {
      if (!wanted.has(server)) this.drop(server, agent, removed.includes(server))
    }
    let added = 0
    for (const [server, settings] of wanted) {
      const present = this.agents.get(server)
      if (present) present.follow(settings)
      else this.add(server, settings).start(startDelay(added++, wanted.size, settings.intervalMs))
    }
  }

  private drop(server: Server, agent: Agent, isRemoved: boolean): void {
    this.agents.delete(server)
    if (isRemoved) return agent.stop()
    agent.silence('it has no agent any more')
    server.agent = undefined
  }

  private readonly onAsked = (server: Server) => this.agents.get(server)?.askNow()

  private readonly onSwitched = (...[server, is]: RegistryEvents['agent-on']) => {
    const agent = this.agents.get(server)
    if (is) agent?.askNow()
    else agent?.silence('its agent was switched off')
  }
}
