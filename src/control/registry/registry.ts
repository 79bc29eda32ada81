/**
 * Everything that is configured, by name, and the one way to change a server at run time. A change is stored on the
 * scoreboard before the call returns: it holds for the next pick of every worker.
 */
import { EventEmitter } from 'node:events'
import { type Address, formatAddress } from '../../core/address.js'
import { serverIdentity } from '../../core/candidates.js'
import { isUp } from '../../core/hysteresis.js'
import { buildTable } from '../../core/policy/maglev-table.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import { ADMIN_CODE, type AdminState, HEALTH_CODE, type Health } from '../../core/server-state.js'
import type { ProbeReason } from '../health/probes/reasons.js'
import type { Backend } from './backend.js'
import { effectiveWeight, type WeightSource } from './effective-weight.js'
import { type Frontend, isClosed, type Split } from './frontend.js'
import type { Membership, PlannedBackend, PlannedServer } from './membership.js'
import { BY_CONFIG, BY_TIMEOUT, type Pause } from './pause.js'
import type { RegistryEvents } from './registry-events.js'
import { RotationWatch } from './rotation-watch.js'
import { Rows } from './rows.js'
import type { AgentAt, Server } from './server.js'
import { Tally } from './tally.js'

/** HAProxy numbers proxies from 1, and its stats frontend takes the first number; ours begin at 2 likewise. */
const FIRST_IID = 2
const HAS_ADDRESS = 'it has an address now'

export class Registry extends EventEmitter<RegistryEvents> {
  /** What of the scoreboard is in use. */
  readonly rows: { readonly servers: Rows; readonly backends: Rows; readonly frontends: Rows }
  readonly tally: Tally
  private readonly rotation: RotationWatch
  private lastIid = FIRST_IID - 1

  constructor(
    readonly board: Scoreboard,
    private frontendList: readonly Frontend[],
    private backendList: readonly Backend[],
    private readonly clock: () => number = Date.now,
  ) {
    super()
    this.rotation = new RotationWatch(clock, (...change) => this.emit('backend', ...change))
    this.tally = new Tally(board)
    const { servers, backends, frontends } = board.capacity
    this.rows = {
      servers: new Rows(servers, (slot) => this.tally.forgetServer(slot)),
      backends: new Rows(backends, (backend) => this.tally.forgetBackend(backend)),
      frontends: new Rows(frontends, (frontend) => this.tally.forgetFrontend(frontend)),
    }
    for (const { settings } of [...frontendList, ...backendList]) this.lastIid = Math.max(this.lastIid, settings.iid)
    for (const { id } of frontendList) this.rows.frontends.claim(id)
    for (const backend of backendList) {
      this.rows.backends.claim(backend.id)
      for (const { slot } of backend.servers) this.rows.servers.claim(slot)
      this.rotation.look(backend, 'start')
      this.rebuildTable(backend)
    }
  }

  get frontends(): readonly Frontend[] {
    return this.frontendList
  }
  get backends(): readonly Backend[] {
    return this.backendList
  }
  /** HAProxy's `iid` for a new frontend or backend; never given twice. */
  nextIid(): number {
    return ++this.lastIid
  }

  frontend(name: string): Frontend | undefined {
    return this.frontends.find((frontend) => frontend.name === name)
  }
  backend(name: string): Backend | undefined {
    return this.backends.find((backend) => backend.name === name)
  }
  backendOf(server: Server): Backend {
    const backend = this.backend(server.settings.backend)
    if (!backend) throw new Error(`server ${server.path} has no backend`)
    return backend
  }

  setAdmin(server: Server, state: AdminState, by: string): void {
    const was = server.admin
    if (was === state) return
    this.noteDowntime(server)
    this.board.setServer(server.slot, 'admin', ADMIN_CODE[state])
    server.lastAdminChange = { by, at: this.clock() }
    this.touch(server)
    this.emit('admin', server, was, state, by)
    this.noteBackend(server, `${server.path} set to ${state}`)
  }

  /** @param weight 0 to 256 */
  setWeight(server: Server, weight: number, by: string): void {
    const was = server.weight
    if (was === weight) return
    this.noteDowntime(server)
    this.board.setServer(server.slot, 'weight', weight)
    this.board.setServer(server.slot, 'effectiveWeight', effectiveWeight(weight, server.weightFactors))
    server.lastWeightChange = { by, at: this.clock() }
    this.rebuildTable(this.backendOf(server))
    this.touch(server)
    this.emit('weight', server, was, weight, by)
    this.noteBackend(server, `weight of ${server.path} set to ${weight}`)
  }

  /**
   * The weight as set stays what it is, and the effective one follows.
   * @param percent of the weight, also above 100; 100 takes the source's word back
   */
  setWeightFactor(server: Server, source: WeightSource, percent: number): void {
    const was = server.effectiveWeight
    const others = [...server.weightFactors].filter(([other]) => other !== source)
    server.weightFactors = new Map(percent === 100 ? others : [...others, [source, percent]])
    const is = effectiveWeight(server.weight, server.weightFactors)
    if (was === is) return
    const backend = this.backendOf(server)
    this.board.setServer(server.slot, 'effectiveWeight', is)
    this.rebuildTable(backend)
    this.board.bumpGeneration(backend.id)
    this.emit('effective-weight', server, was, is, source)
    this.rotation.look(backend, `weight of ${server.path} is ${is} for its ${source}`)
  }

  /**
   * Does nothing when no weight above 0 would be left.
   * @param weights 0 to 256; backends that are not named keep theirs, names that the frontend does not feed are passed over
   */
  setSplit(frontend: Frontend, weights: Split, by: string): void {
    const was = frontend.split
    const is = frontend.splitWith(weights)
    const changed = frontend.backends.filter(({ name }) => is[name] !== was[name])
    if (changed.length === 0 || isClosed(is)) return
    for (const { id, name } of changed) this.board.setRouteWeight(frontend.id, id, is[name] ?? 0)
    this.board.bumpSplitGeneration(frontend.id)
    frontend.lastSplitChange = { by, at: this.clock() }
    this.emit('split', frontend, was, is, by)
  }

  /** @param reason of the probe that brought it about */
  setHealth(server: Server, health: Health, why: string, reason?: ProbeReason): void {
    if (server.health === health) return
    // only an agent takes back what an agent said
    if (health === 'up' && server.agent?.health === 'down') return
    this.noteDowntime(server)
    this.board.setServer(server.slot, 'health', HEALTH_CODE[health])
    server.lastHealthChange = { why, at: this.clock(), ...(reason && { reason }) }
    this.touch(server)
    this.emit('health', server, health, why)
    this.noteBackend(server, why)
  }

  /** What its agent says holds until it says otherwise; up is only who is up by the check as well. */
  setAgentHealth(server: Server, health: Health, why: string, reason?: ProbeReason): void {
    const { agent, check } = server
    if (!agent || agent.health === health) return
    agent.health = health
    const isFine = server.resolved !== undefined && (!check || isUp(check.hysteresis))
    if (health === 'down' || isFine) this.setHealth(server, health, why, reason)
  }

  /** A probe of it has ended, and its report stands in `server.check`. */
  noteProbe(server: Server): void {
    this.emit('probed', server)
  }

  /** @param lanes bits of those (core/lane) that it must not serve */
  setBarred(server: Server, lanes: number): void {
    if (server.barred === lanes) return
    this.board.setServer(server.slot, 'barred', lanes)
    this.board.bumpGeneration(this.backendOf(server).id)
    this.noteBackend(server, `the role or the lag of ${server.path} changed`)
  }

  /** @param by whoever set it; undefined where it was found by resolving. Workers must be told. */
  setAddress(server: Server, address: Address, by?: string): void {
    const { resolved: was, address: said } = server
    if (was && formatAddress(was) === formatAddress(address)) return
    server.resolved = address
    if (by !== undefined) server.lastAddressChange = { by, at: this.clock() }
    this.emit('address', server, was, by, said)
    // it was down for want of one
    if (!was) this.setHealth(server, 'up', by === undefined ? `resolved to ${formatAddress(address)}` : HAS_ADDRESS)
  }
  /** Back to where it is declared to be; a name holds from the next time that it resolves. */
  releaseAddress(server: Server, by: string): void {
    const { address } = server.settings
    if (address.family !== 'name') return this.setAddress(server, address, by)
    if (!server.lastAddressChange) return
    const { resolved: was, address: said } = server
    server.lastAddressChange = undefined
    this.emit('address', server, was, by, said)
  }

  /** New sessions wait until somebody resumes, and so long at most from now. @param timeoutMs at least 1 */
  pause(backend: Backend, timeoutMs: number, by: string): void {
    const now = this.clock()
    const since = backend.pause?.state === 'paused' ? backend.pause.since : now
    this.setPause(backend, { state: 'paused', by, since, until: now + timeoutMs, timeoutMs }, by)
  }
  /** Whoever waits gets a server; where there is none yet, nobody is refused before the pause would have ended. */
  resume(backend: Backend, by: string): void {
    if (backend.pause?.state === 'paused') this.setPause(backend, { ...backend.pause, state: 'resumed', by }, by)
  }
  /** Its time is over. */
  endPause(backend: Backend): void {
    if (backend.pause) this.setPause(backend, undefined, BY_TIMEOUT)
  }
  private setPause(backend: Backend, is: Pause | undefined, by: string): void {
    // workers let sessions go as soon as the board says so
    const { pause: was, waiting } = backend
    backend.pause = is
    this.board.setHold(backend.id, is?.state ?? 'none')
    this.emit('pause', backend, was, is, by, waiting)
  }

  /** @param max sessions at one time; 0 is no limit */
  setServerLimit(server: Server, max: number, by: string): void {
    const was = server.maxSessions
    server.lastLimitWord = { by, configured: server.settings.maxSessions }
    if (was === max) return
    this.board.setServer(server.slot, 'maxSessions', max)
    this.emit('server-limit', server, was, max, by)
  }
  setFrontendLimit(frontend: Frontend, max: number, by: string): void {
    const was = frontend.maxSessions
    if (was === max) return
    this.board.setFrontendMaxSessions(frontend.id, max)
    this.emit('frontend-limit', frontend, was, max, by)
  }
  setGlobalLimit(max: number, by: string): void {
    const was = this.board.maxSessions
    if (was === max) return
    this.board.maxSessions = max
    this.emit('global-limit', was, max, by)
  }

  setChecked(server: Server, is: boolean, by: string): void {
    if (server.isChecked === is) return
    server.isChecked = is
    this.emit('checked', server, is, by)
  }

  setAgentOn(server: Server, is: boolean, by: string): void {
    if (server.isAgentOn === is) return
    server.isAgentOn = is
    this.emit('agent-on', server, is, by)
  }
  setAgentAt(server: Server, is: AgentAt, by: string): void {
    const was = server.agentAt
    if (was.host === is.host && was.port === is.port && was.send === is.send) return
    server.agentAt = is
    this.emit('agent-at', server, was, is, by)
  }

  setProbeAt(server: Server, is: Server['probeAt'], by: string): void {
    const was = server.probeAt
    if (was.host === is.host && was.port === is.port) return
    server.probeAt = is
    this.emit('probe-at', server, was, is, by)
  }

  /** @param tell the workers; when that fails (somebody else has the address by now) nothing has changed */
  async setEnabled(frontend: Frontend, is: boolean, by: string, tell: () => Promise<void>): Promise<void> {
    if (frontend.isEnabled === is) return
    frontend.isEnabled = is
    try {
      await tell()
    } catch (error) {
      frontend.isEnabled = !is
      throw error
    }
    this.emit('enabled', frontend, is, by)
  }

  /** The workers took it: this is who is there from now on. */
  adopt({ frontends, backends }: Membership, by?: string): void {
    const before = { frontends: this.frontends, backends: this.backends, servers: serversOf(this.backends) }
    const placed = backends.flatMap((planned) => planned.servers).filter(isPlaced)
    for (const planned of backends) adoptBackend(planned)
    for (const { frontend, settings, routes } of frontends) frontend.adopt(settings, routes)
    this.backendList = backends.map(({ backend }) => backend)
    this.frontendList = frontends.map(({ frontend }) => frontend)
    const servers = serversOf(this.backends)
    const removed = without(before.servers, servers)
    this.retire(without(before.frontends, this.frontends), without(before.backends, this.backends), removed)
    this.renew()
    this.emit('membership', without(servers, before.servers), removed, by)
    for (const { server } of placed) this.setHealth(server, 'up', HAS_ADDRESS)
    for (const backend of this.backends) this.rotation.look(backend, 'its servers changed')
  }

  /** Every policy and split looks again. */
  private renew(): void {
    for (const { id } of this.frontends) this.board.bumpSplitGeneration(id)
    for (const backend of this.backends) {
      this.rebuildTable(backend)
      this.board.bumpGeneration(backend.id)
    }
  }

  /** Sessions of what is gone live on and count in its rows until they end. */
  private retire(frontends: readonly Frontend[], backends: readonly Backend[], servers: readonly Server[]): void {
    const { board, rows } = this
    for (const { id } of frontends) rows.frontends.retire(id, () => board.liveOfFrontend(id) === 0)
    for (const server of servers) {
      const { slot, settings } = server
      rows.servers.retire(slot, () => board.liveOfServer(slot) === 0)
      const backend = this.backend(settings.backend)
      if (backend) this.tally.noteFormer(server, backend)
    }
    for (const backend of backends) {
      const { id, servers } = backend
      if (backend.pause) this.setPause(backend, undefined, BY_CONFIG)
      const isQuiet = () => board.waitingFor(id) === 0 && servers.every(({ slot }) => board.liveOfServer(slot) === 0)
      rows.backends.retire(id, isQuiet)
    }
  }

  private touch(server: Server): void {
    server.changedAt = this.clock()
    this.board.bumpGeneration(this.backendOf(server).id)
  }

  private noteDowntime(server: Server): void {
    server.downMs = server.downtime(this.clock())
  }

  private noteBackend(server: Server, why: string): void {
    this.rotation.look(this.backendOf(server), why)
  }

  private rebuildTable(backend: Backend): void {
    if (!backend.settings.policy.tabled) return
    const members = backend.servers.map(({ name, effectiveWeight: weight }) => ({
      identity: serverIdentity(name),
      weight,
    }))
    this.board.replaceTable(backend.id, buildTable(members))
  }
}

function adoptBackend({ backend, settings, servers }: PlannedBackend): void {
  for (const { server, settings, resolved } of servers) {
    const isMoved = formatAddress(settings.address) !== formatAddress(server.settings.address)
    // where it was set, or resolved to, while the workers were told: they hear of that next
    server.adopt(settings, isMoved ? resolved : (server.resolved ?? resolved))
  }
  backend.adopt(
    settings,
    servers.map(({ server }) => server),
  )
}

/** It was down for want of an address. */
function isPlaced({ server, resolved }: PlannedServer): boolean {
  return !server.resolved && resolved !== undefined
}

function serversOf(backends: readonly Backend[]): readonly Server[] {
  return backends.flatMap((backend) => backend.servers)
}

function without<T>(all: readonly T[], some: readonly T[]): readonly T[] {
  const left = new Set(some)
  return all.filter((one) => !left.has(one))
}
