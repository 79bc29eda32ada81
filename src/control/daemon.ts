/**
 * The composition root: a typed config becomes a running balancer. Whatever can fail for the user's own mistake is tried
 * before the first session is taken, and everything that had started is taken down again.
 */
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Config } from '../config/config.js'
import { loadConfig } from '../config/load.js'
import { formatAddress, type InetAddress } from '../core/address.js'
import { POLICIES } from '../core/policy/list.js'
import { Audit } from './audit/audit.js'
import {
  listenerTeller,
  logAudit,
  logDroppedRecords,
  logRegistry,
  logReload,
  logResolver,
  logState,
  logWorkers,
} from './log/follow.js'
import { logRebalances } from './log/follow-rebalances.js'
import type { Log } from './log/log.js'
import type { ListeningHttp } from './metrics/http.js'
import { prepare } from './prepare.js'
import { AutomaticRebalancing } from './rebalance/automatic.js'
import { Rebalancing } from './rebalance/rebalancing.js'
import { endPausesInTime } from './registry/end-pauses.js'
import type { Registry } from './registry/registry.js'
import { Reloader } from './reload/reloader.js'
import { askServers } from './resolver/ask-servers.js'
import { askSystem } from './resolver/ask-system.js'
import { Resolver } from './resolver/resolver.js'
import type { ProcessInfo } from './runtime-api/process-info.js'
import { type RuntimeApi, type StatsListener, startRuntimeApi } from './runtime-api/runtime-api.js'
import { StatsSocketError } from './runtime-api/wire/unix-socket.js'
import { ServerWatch } from './server-watch.js'
import { bindAdvice, StartError } from './start-error.js'
import { catchUp } from './state/catch-up.js'
import { StateKeeper } from './state/keeper.js'
import type { TakenState } from './state/take-up.js'
import { type Notification, notifyInit } from './systemd/notify.js'
import { systemTiming } from './timing.js'
import { Topology, type TopologyOptions } from './topology/topology.js'
import { Generations } from './upgrade/generations.js'
import { MetricsPort } from './upgrade/metrics-port.js'
import type { Predecessor } from './upgrade/predecessor.js'
import { Succession } from './upgrade/succession.js'
import { takeHealth, takeWords } from './upgrade/take-health.js'
import { version } from './version.js'
import { BindError } from './workers/bind-error.js'
import type { Workers } from './workers/workers.js'

const STOP_POLL_MS = 20
/** How long a worker that was told to quit may take before it is killed. */
const QUIT_GRACE_MS = 2_000

export class Daemon {
  private isStopping = false
  private stopNow = false
  private readonly closers: (() => Promise<void> | void)[] = []

  private readonly topologyOptions: TopologyOptions
  private readonly topology: Topology
  private readonly resolver: Resolver
  private readonly audit: Audit
  private readonly rebalancing: Rebalancing
  private readonly keeper: StateKeeper
  private reloader: Reloader | undefined
  private readonly tellListeners: () => void
  private readonly generations: Generations
  private readonly succession: Succession

  private constructor(
    private readonly path: string,
    /** In force. */
    private config: Config,
    private readonly log: Log,
    private readonly registry: Registry,
    private readonly workers: Workers,
    private readonly state: TakenState,
    private readonly predecessor: Predecessor | undefined,
  ) {
    const { resolvers } = config.runtime
    this.resolver = new Resolver(registry, resolvers.length > 0 ? askServers(resolvers) : askSystem())
    this.topologyOptions = {
      registry,
      workers,
      records: () => this.config.runtime.log.sessions && log.writesSessions,
      addressOf: (address) => this.resolver.addressOf(address),
    }
    this.topology = new Topology(this.topologyOptions)
    const { generation = 1, ancestors = [] } = predecessor?.estate ?? {}
    this.generations = new Generations(generation, ancestors)
    this.succession = new Succession({
      log,
      board: registry.board,
      deadlineMs: () => this.config.runtime.upgradeDeadlineMs,
      tellInit: (message) => void this.tellInit(message),
    })
    this.tellListeners = listenerTeller(log, registry)
    this.audit = new Audit(registry)
    this.rebalancing = new Rebalancing({ registry, workers, timing: systemTiming })
    this.keeper = new StateKeeper({ ...state, config, audit: this.audit })
    logState(log, this.keeper)
    this.keeper.rebase(config, state.merged)
  }

  /**
   * @param path of the config file, for the log
   * @param predecessor hands over to this one
   * Throws StartError; nothing is left running then.
   */
  static async start(path: string, config: Config, log: Log, predecessor?: Predecessor): Promise<Daemon> {
    const { registry, workers, state } = await prepare(config, log, predecessor)
    const daemon = new Daemon(path, config, log, registry, workers, state, predecessor)
    try {
      await daemon.startParts()
      return daemon
    } catch (error) {
      await daemon.close()
      throw inWords(error)
    }
  }

  private async startParts(): Promise<void> {
    const { log, registry, workers, predecessor } = this
    const process = this.processInfo()
    logRegistry(log, registry)
    logAudit(log, this.audit)
    logWorkers(log, workers)
    this.closers.push(endPausesInTime(registry, systemTiming))
    this.closers.push(logDroppedRecords(log, registry.board, systemTiming))
    this.closers.push(() => this.keeper.close())
    // first of all: it finds out when headgate runs already
    const ownApi = predecessor ? undefined : await this.startApi(process)
    // whoever holds the stats socket holds the state file
    if (ownApi) await this.keepState()
    await workers.start()
    this.closers.push(() => workers.quit(QUIT_GRACE_MS).then(() => undefined))
    await this.startResolver()
    const changed = await predecessor?.takeOver()
    if (predecessor) {
      // first of all: the workers are told of their ports next
      await workers.takeFlows(predecessor.estate.flowLinks)
      // the workers hear of it with all the rest: nobody is served by a server of which nothing is known yet
      const topology = new Topology({ ...this.topologyOptions, workers: { configure: async () => [] } })
      await catchUp(this.keeper, { registry, topology }, this.config, changed)
    }
    const api = ownApi ?? (await this.startApi(process))
    if (!ownApi) await this.keepState()
    const metrics = new MetricsPort(() => this.startMetrics(process))
    this.closers.push(() => metrics.stop())
    await metrics.start()
    if (predecessor) takeHealth(registry, predecessor.estate)
    const watch = new ServerWatch(registry, workers, log)
    this.closers.push(() => watch.stop())
    if (predecessor) takeWords(registry, predecessor.estate)
    await watch.start()
    const stopRebalancing = this.startRebalancing()
    this.closers.push(stopRebalancing)
    await this.topology.configure()
    registry.on('address', () => void this.readdressWorkers())
    predecessor?.serving()
    const endDuties = async () => {
      watch.retire()
      stopRebalancing()
      this.resolver.stop()
      await this.keeper.close()
    }
    this.reloader = this.createReloader()
    if (workers.engine === 'linux') {
      const { generations, keeper } = this
      const { socket } = this.config.runtime
      const family = { registry, workers, api, socket, generations, keeper, metrics, endDuties }
      generations.allowUpgrade(this.succession.toBegin(family))
    }
    this.logStartup(process, metrics.address)
    await this.tellInit('READY=1')
  }

  /** Starts the next generation and hands over to it. Whatever comes of it stands in the log. */
  async upgrade(by: string): Promise<void> {
    await this.generations.upgrade(by).catch(() => {})
  }

  /** Resolves when a successor has taken over and the last session here has ended. */
  get retired(): Promise<'upgrade'> {
    return this.succession.retired
  }

  private async tellInit(text: Notification): Promise<void> {
    const failure = await notifyInit(text)
    if (failure !== undefined) this.log.failure('sd_notify', failure)
  }

  private logStartup({ pid }: ProcessInfo, metrics: InetAddress | undefined): void {
    const { path, log, workers, config } = this
    this.tellListeners()
    log.startup({
      version,
      engine: workers.engine,
      workers: workers.count,
      pid,
      config: path,
      socket: config.runtime.socket,
      metrics: metrics && formatAddress(metrics),
    })
  }

  private async startApi(process: ProcessInfo): Promise<RuntimeApi> {
    const { socket, socketTcp, sockets } = this.config.runtime
    const listeners: StatsListener[] = [{ address: { family: 'unix', path: socket }, level: 'admin' }]
    if (socketTcp) listeners.push({ address: socketTcp, level: 'admin' })
    listeners.push(...sockets.map(({ listen, level, mode }) => ({ address: listen, level, mode })))
    const api = await startRuntimeApi({
      registry: this.registry,
      topology: this.topology,
      workers: this.workers,
      process,
      events: this.log.recent,
      audit: this.audit,
      state: this.keeper,
      rebalancing: this.rebalancing,
      reloader: () => this.reloader,
      generations: this.generations,
      listeners,
      isHandedOver: this.predecessor?.estate.socket === socket,
    })
    this.closers.push(() => api.close())
    return api
  }

  private async startResolver(): Promise<void> {
    const { resolver } = this
    logResolver(this.log, resolver)
    this.closers.push(() => resolver.stop())
    await resolver.start()
  }

  private startRebalancing(): () => void {
    const { log, registry, rebalancing } = this
    logRebalances(log, rebalancing)
    const automatic = new AutomaticRebalancing(registry, rebalancing, systemTiming)
    automatic.start()
    return () => {
      automatic.stop()
      rebalancing.stop()
    }
  }

  private async startMetrics(process: ProcessInfo): Promise<ListeningHttp | undefined> {
    const { metrics } = this.config.runtime
    if (!metrics) return undefined
    const { startMetrics } = await import('./metrics/metrics.js')
    return startMetrics({ registry: this.registry, workers: this.workers, process, log: this.log, listen: metrics })
  }

  private createReloader(): Reloader {
    const { path, config, registry, topology, keeper, resolver, generations, log } = this
    return new Reloader({
      path,
      config,
      load: (file) => loadConfig(file, { env: process.env, policies: POLICIES }),
      registry,
      topology,
      keeper,
      resolver,
      obstacle: () => (this.isStopping ? 'headgate is stopping' : generations.obstacle),
      onInForce: (next) => {
        this.config = next
        log.level = next.runtime.log.level
      },
      onDone: (by, result, tookMs) => {
        logReload(log, by, result, tookMs)
        this.tellListeners()
      },
    })
  }

  /** Reads the config file again; whatever comes of it stands in the log. @param by the signal that asked for it */
  async reload(by: string): Promise<void> {
    try {
      await this.reloader?.reload(by)
    } catch (error) {
      this.log.failure(`reload by ${by}`, error)
    }
  }

  private async readdressWorkers(): Promise<void> {
    try {
      await this.topology.configure()
    } catch (error) {
      this.log.failure('telling the workers of a new address', error)
    }
  }

  private processInfo(): ProcessInfo {
    const startedAt = Date.now()
    return { version, pid: process.pid, startedAt, node: hostname(), isStopping: () => this.isStopping }
  }

  /**
   * Accepts no more, waits for sessions up to `stop_timeout`, cuts the rest and says how many those were.
   * @param by the signal or command that asked for it
   */
  async stop(by: string): Promise<void> {
    const askedAt = performance.now()
    this.isStopping = true
    // nobody supervises a successor of a process that was told to end
    await this.generations.stop()
    // a former generation has told who the main process is now
    if (!this.generations.hasHeir) await this.tellInit('STOPPING=1')
    const { board } = this.registry
    const { stopTimeoutMs } = this.config.runtime
    await this.workers.stopAccepting()
    this.log.stopping(by, board.liveOfAll(), stopTimeoutMs)
    while (board.liveOfAll() > 0 && !this.stopNow && performance.now() - askedAt < stopTimeoutMs) {
      await pause(STOP_POLL_MS)
    }
    const cut = board.liveOfAll()
    await this.close()
    this.log.stopped(cut, performance.now() - askedAt)
  }

  private async keepState(): Promise<void> {
    await this.state.own()
    this.keeper.begin()
    await this.keeper.tryOut()
  }

  /** A stop that is waiting for sessions waits no longer. */
  hurry(): void {
    this.stopNow = true
  }

  private async close(): Promise<void> {
    while (this.closers.length > 0) await this.closers.pop()?.()
  }
}

/** What the user can mend, in words; anything else as it is. */
function inWords(error: unknown): unknown {
  if (error instanceof BindError) return new StartError(bindAdvice(error.listener, error.code))
  if (error instanceof StatsSocketError) return new StartError(error.message)
  return error
}
