/** The agents of all servers that have one, steered by what happens to the servers. */
import type { AgentConfig } from '../../config/config.js'
import type { Registry } from '../registry/registry.js'
import type { RegistryEvents } from '../registry/registry-events.js'
import type { Server } from '../registry/server.js'
import { systemTiming, type Timing } from '../timing.js'
import { Agent } from './agent.js'
import { type StartProbe, startProbe } from './run-probe.js'
import { Schedules } from './schedules.js'

export class Agents {
  private readonly agents: Schedules<AgentConfig, Agent>

  /** Gives every server of a backend with an agent its `agent` state; nobody is asked before `start`. */
  constructor(
    private readonly registry: Registry,
    timing: Timing = systemTiming,
    probe: StartProbe = startProbe,
  ) {
    this.agents = new Schedules<AgentConfig, Agent>(registry, {
      settingsOf: (_, backend) => backend.settings.agent,
      create: (server, settings) => new Agent(registry, server, settings, timing, probe),
      unwanted(server, agent) {
        agent.silence('it has no agent any more')
        server.agent = undefined
      },
    })
  }

  start(): void {
    this.registry.on('address', this.onAsked)
    this.registry.on('agent-at', this.onAsked)
    this.registry.on('agent-on', this.onSwitched)
    this.agents.start()
  }

  /** Ends every attempt under way. */
  stop(): void {
    this.registry.off('address', this.onAsked)
    this.registry.off('agent-at', this.onAsked)
    this.registry.off('agent-on', this.onSwitched)
    this.agents.stop()
  }

  private readonly onAsked = (server: Server) => this.agents.of(server)?.askNow()

  private readonly onSwitched = (...[server, is]: RegistryEvents['agent-on']) => {
    const agent = this.agents.of(server)
    if (is) agent?.askNow()
    else agent?.silence('its agent was switched off')
  }
}
