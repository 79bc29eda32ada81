/**
 * The agent of one server, as HAProxy's `agent-check`: asked on a schedule of its own beside the check, in maint as well. It
 * may turn weight, limit and admin state, and hold the server down until it says up. One that does not answer changes
 * nothing.
 */
import type { AgentConfig } from '../../config/config.js'
import { parseBytes } from '../../config/schema/bytes.js'
import { formatAddress, type InetAddress, inetAddress } from '../../core/address.js'
import type { Registry } from '../registry/registry.js'
import type { AgentState, ProbeReport, Server } from '../registry/server.js'
import type { Cancel, Timing } from '../timing.js'
import { takeAdvice } from './advice.js'
import type { RunningProbe, StartProbe } from './run-probe.js'
import { restOf } from './schedule.js'
import type { CheckSettings } from './settings.js'

export class Agent {
  private readonly state: AgentState = { last: undefined, said: undefined, health: 'up', failuresByReason: new Map() }
  private running: RunningProbe | undefined
  private cancelNext: Cancel | undefined
  /** Where it was asked last; undefined while there was nowhere. */
  private askedAt: string | undefined

  constructor(
    private readonly registry: Registry,
    readonly server: Server,
    private settings: AgentConfig,
    private readonly timing: Timing,
    private readonly startProbe: StartProbe,
  ) {
    server.agent = this.state
  }

  /** It is asked first after so many milliseconds; while the host name has no address, nobody is. */
  start(delayMs: number): void {
    if (!this.server.isAgentOn) return
    this.cancelNext = this.timing.after(delayMs, () => void this.ask())
  }

  /** The config may say something else by now. */
  follow(settings: AgentConfig): void {
    const isOther = JSON.stringify(settings) !== JSON.stringify(this.settings)
    const target = targetOf(this.server, settings)
    const isElsewhere = (target && formatAddress(target)) !== this.askedAt
    this.settings = settings
    if (isOther || isElsewhere) this.askNow()
  }

  askNow(): void {
    this.stop()
    this.start(0)
  }

  /** Ends the attempt under way and plans no other. */
  stop(): void {
    this.cancelNext?.()
    this.cancelNext = undefined
    this.running?.cancel()
    this.running = undefined
  }

  /** It has no say any more: what it said of weight and health holds no longer. Limit and admin state are left as they are. */
  silence(why: string): void {
    this.stop()
    this.registry.setWeightFactor(this.server, 'agent', 100)
    this.registry.setAgentHealth(this.server, 'up', why)
  }

  private async ask(): Promise<void> {
    this.cancelNext = undefined
    const { registry, server, timing } = this
    const target = targetOf(server, this.settings)
    this.askedAt = target && formatAddress(target)
    if (!target) return
    const { source } = registry.backendOf(server).settings
    const settings = probeSettings(server, this.settings)
    const running = this.startProbe(target, source, settings, timing.now, undefined, server.settings)
    this.running = running
    const report = await running.report
    // stopped, or begun anew, while this one was under way
    if (this.running !== running) return
    this.running = undefined
    this.heed(report)
  }

  private heed(report: ProbeReport): void {
    const { registry, server, state, timing, settings } = this
    const { advice, reason, words } = report
    const answered = state.last === undefined || state.last.advice !== undefined
    state.last = report
    // before anyone hears of it: who listens may stop this agent
    this.start(restOf(settings.intervalMs, report.durationMs, timing.random()))
    if (answered !== (advice !== undefined)) registry.emit('agent-answers', server, advice !== undefined, words)
    if (!advice) {
      state.failuresByReason.set(reason, (state.failuresByReason.get(reason) ?? 0) + 1)
      return
    }
    state.said = report
    takeAdvice(registry, server, advice)
    if (advice.health) registry.setAgentHealth(server, advice.health, `its agent at ${words}`, reason)
  }
}

/** Undefined while there is no address, and where there is no port to be had: at a unix socket. */
function targetOf({ resolved, agentAt }: Server, { port }: AgentConfig): InetAddress | undefined {
  if (!resolved || resolved.family === 'unix') return undefined
  return inetAddress(agentAt.host ?? resolved.host, agentAt.port ?? port)
}

function probeSettings({ agentAt }: Server, { intervalMs, timeoutMs, send }: AgentConfig): CheckSettings {
  const sent = agentAt.send === undefined ? send : parseBytes(agentAt.send)
  return { type: 'agent', send: sent, intervalMs, fastIntervalMs: intervalMs, timeoutMs, rise: 1, fall: 1 }
}
