/**
 * The check of one server: probes on schedule, rise and fall over what they find, and the health that follows. While the
 * server is in maint nothing is probed; afterwards it counts as HAProxy has it: up, but its first failed probe takes it
 * down. A probe that could not be made for want of descriptors here (`SOCKERR`) moves nothing: unlike in HAProxy, our own
 * shortage does not take every server down. Nor does a server that is alive and full: it would be taken from those whom it
 * serves. Nor a password that was right there before: whoever changes it would take every server down.
 */
import { type Address, formatAddress } from '../../core/address.js'
import { afterProbe, type Hysteresis, isUp, startHysteresis } from '../../core/hysteresis.js'
import type { Registry } from '../registry/registry.js'
import type { CheckState, ProbeReport, Server } from '../registry/server.js'
import type { Cancel, Timing } from '../timing.js'
import { takeAdvice } from './advice.js'
import { aimAt } from './aim.js'
import { withProbe } from './probe-runs.js'
import type { Advice } from './probes/probe.js'
import type { RunningProbe, StartProbe } from './run-probe.js'
import { nextDelay } from './schedule.js'
import type { CheckSettings } from './settings.js'

export class Check {
  private readonly state: CheckState
  /** Where it probes; another address is probed at once. */
  private aimedAt: Address | undefined
  private running: RunningProbe | undefined
  private cancelNext: Cancel | undefined
  /** Where the last probe that passed went, since this check began. */
  private passedAt: Address | undefined

  constructor(
    private readonly registry: Registry,
    readonly server: Server,
    private settings: CheckSettings,
    private readonly timing: Timing,
    private readonly startProbe: StartProbe,
  ) {
    const hysteresis = this.firstHysteresis()
    this.state = { hysteresis, last: undefined, runs: [], failures: 0, downs: 0, failuresByReason: new Map() }
    server.check = this.state
    this.aimedAt = server.resolved
  }

  /** The first probe comes after so many milliseconds; in maint, or while the host name has no address, none does. */
  start(delayMs: number): void {
    if (this.server.admin === 'maint' || !this.server.resolved) this.suspend()
    else this.schedule(delayMs)
  }

  /** The config may say something else by now. What probes found so far holds; rise and fall are counted anew. */
  follow(settings: CheckSettings): void {
    const { state, server, aimedAt } = this
    const isOther = JSON.stringify(settings) !== JSON.stringify(this.settings)
    const isElsewhere = !isSameAddress(server.resolved, aimedAt)
    this.settings = settings
    this.aimedAt = server.resolved
    if (isOther) state.hysteresis = settled(settings, isUp(state.hysteresis))
    if (isOther) this.forgetAdvice()
    if (!server.resolved) this.suspend()
    else if (!aimedAt) this.resume(`it is at ${formatAddress(server.resolved)} now`)
    else if (isOther || isElsewhere) this.probeNow()
  }

  /** What a check of type `agent` made of the weight holds no longer. */
  forgetAdvice(): void {
    if (!this.server.agent) this.registry.setWeightFactor(this.server, 'agent', 100)
  }

  /** Ends the probe under way and plans no other. */
  stop(): void {
    this.cancelNext?.()
    this.cancelNext = undefined
    this.running?.cancel()
    this.running = undefined
  }

  /** The server is in maint or has no address. Like HAProxy, the count of passed probes is 0 there; the health is left alone. */
  suspend(): void {
    this.stop()
    this.state.hysteresis = { ...this.state.hysteresis, health: 0 }
  }

  /** The server left maint, or its host name resolved for the first time: trusted until its first failed probe. */
  resume(why: string): void {
    if (this.server.admin === 'maint' || !this.server.resolved) return
    this.state.hysteresis = this.freshHysteresis()
    this.probeNow()
    this.registry.setHealth(this.server, 'up', why)
  }

  /** The server's address changed: what it is now at is probed at once, and takes over rise and fall as they stand. */
  probeNow(): void {
    this.stop()
    this.aimedAt = this.server.resolved
    if (this.server.admin !== 'maint') this.schedule(0)
  }

  /** Its next probe is due at once, unless one is under way. */
  hurry(): void {
    if (!this.running) this.probeNow()
  }

  /** A server may be known to be down: then it has to rise. */
  private firstHysteresis() {
    const fresh = this.freshHysteresis()
    return this.server.health === 'up' ? fresh : { ...fresh, health: 0 }
  }

  private freshHysteresis() {
    return startHysteresis(this.settings.rise, this.settings.fall)
  }

  private schedule(delayMs: number): void {
    if (!this.server.isChecked) return
    this.cancelNext = this.timing.after(delayMs, () => void this.probe())
  }

  private async probe(): Promise<void> {
    const { server, timing } = this
    this.cancelNext = undefined
    const aim = aimAt(this.registry, server, this.settings)
    if (!aim) return
    const { target, source, settings } = aim
    const running = this.startProbe(target, source, settings, timing.now, undefined, server.settings)
    this.running = running
    const report = await running.report
    // stopped, or begun anew, while this one was under way
    if (this.running !== running) return
    this.running = undefined
    this.conclude(report, target)
  }

  private conclude(report: ProbeReport, target: Address): void {
    const { state, settings, timing } = this
    state.last = report
    state.runs = withProbe(state.runs, report)
    if (report.passed) this.passedAt = target
    // who is at another address now never had that password, as far as anybody knows
    const isMistaken = isMistakenBy(report, isSameAddress(this.passedAt, target))
    if (isVerdict(report) && !isMistaken) this.count(report.passed)
    if (!report.passed) this.countReason(report, isMistaken)
    // before anyone hears of it: who listens may stop this check, or set the server to maint
    this.schedule(nextDelay(settings, state.hysteresis, report.durationMs, timing.random()))
    this.registry.noteProbe(this.server)
    // one in maint is not probed: it could never say that it is ready again
    if (report.advice) takeAdvice(this.registry, this.server, withoutMaint(report.advice))
    this.registry.setHealth(this.server, isUp(state.hysteresis) ? 'up' : 'down', report.words, report.reason)
  }

  private countReason(report: ProbeReport, isMistaken: boolean): void {
    const { reason, words } = report
    const { runs, failuresByReason } = this.state
    failuresByReason.set(reason, (failuresByReason.get(reason) ?? 0) + 1)
    if (isMistaken && runs[0]?.count === 1) this.registry.emit('misconfigured', this.server, words)
  }

  private count(passed: boolean): void {
    const { state } = this
    const was = isUp(state.hysteresis)
    state.hysteresis = afterProbe(state.hysteresis, passed)
    if (was && !passed) state.failures++
    if (was && !isUp(state.hysteresis)) state.downs++
  }
}

/** Whether it says anything of what the server can do for those whom it lets in. */
function isVerdict({ code, reason }: ProbeReport): boolean {
  return code !== 'SOCKERR' && reason !== 'too-many-connections'
}

/**
 * The fault is the config's, or lies in what it names. That stays so over a reload: one that says a user or a password
 * that is wrong would take every server down.
 */
function isMistakenBy({ reason }: ProbeReport, wasRight: boolean): boolean {
  return reason === 'misconfigured' || (reason === 'wrong-password' && wasRight)
}

function withoutMaint(advice: Advice): Advice {
  return advice.admin === 'maint' ? { ...advice, admin: 'drain' } : advice
}

/** At rest, up or down. */
function settled({ rise, fall }: CheckSettings, up: boolean): Hysteresis {
  return { rise, fall, health: up ? rise + fall - 1 : 0 }
}

function isSameAddress(one: Address | undefined, other: Address | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
