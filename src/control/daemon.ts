/**
 * The composition root: a typed config becomes a running balancer. Whatever can fail for the user's own mistake is tried
 * before the first session is taken, and everything that had started is taken down again.
 */
import { hostname } from 'node:os'
import { type Config, countConfig } from '../config/config.js'
import { formatAddress } from '../core/address.js'
import { chooseEngine } from './engine-choice.js'
import { Checks } from './health/checks.js'
import type { Log } from './log/log.js'
import type { RunningMetrics } from './metrics/metrics.js'
import { buildRegistry } from './registry/build.js'
import { capacityFor } from './registry/capacity.js'
import type { Registry } from './registry/registry.js'
import { shapeOf } from './registry/shape.js'
import { Resolver } from './resolver/resolver.js'
import type { ProcessInfo } from './runtime-api/process-info.js'
import { type RuntimeApi, type StatsListener, startRuntimeApi } from './runtime-api/runtime-api.js'
import { StatsSocketError } from './runtime-api/wire/unix-socket.js'
import { bindAdvice, StartError } from './start-error.js'
import { version } from './version.js'
import { BindError } from './workers/bind-error.js'
import { createWorkers, workerCount } from './workers/create-workers.js'
import type { Workers } from './workers/workers.js'

const STOP_POLL_MS = 20
/** How long a worker that was told to quit may take before it is killed. */
const QUIT_GRACE_MS = 2_000

export interface Stopped {
  /** Sessions that had not ended by the deadline. */
  readonly cut: number
}

export class Daemon {
  private isStopping = false
  private stopNow = false
  private readonly closers: (() => Promise<void> | void)[] = []

  private constructor(
    private readonly config: Config,
    private readonly log: Log,
    private readonly registry: Registry,
    private readonly workers: Workers,
  ) {}

  /** Throws StartError; nothing is left running then. */
  static async start(config: Config, log: Log): Promise<Daemon> {
    const { runtime } = config
    const { engine, fallback } = await chooseEngine(runtime.engine)
    if (fallback !== undefined) log.engineFallback(fallback)
    const capacity = capacityFor(countConfig(config), workerCount(engine, runtime.workers))
    const { board, workers } = await createWorkers(engine, capacity)
    const registry = buildRegistry(config, board, Date.now())
    const daemon = new Daemon(config, log, registry, workers)
    try {
      await daemon.startParts()
      return daemon
    } catch (error) {
      await daemon.close()
      throw inWords(error)
    }
  }

  private async startParts(): Promise<void> {
    const { config, log, registry, workers } = this
    const process = this.processInfo()
    log.follow(registry, workers)
    const api = await this.startApi(process)
    this.closers.push(() => api.close())
    await workers.start()
    this.closers.push(() => workers.quit(QUIT_GRACE_MS).then(() => undefined))
    await this.startResolver()
    await this.configureWorkers()
    registry.on('address', () => void this.configureWorkers().catch((error) => log.internalError(error)))
    const checks = this.startChecks()
    this.closers.push(() => checks.stop())
    const metrics = await this.startMetrics(process)
    if (metrics) this.closers.push(() => metrics.close())
    log.started({
      version,
      engine: workers.engine,
      workers: workers.count,
      sockets: api.addresses.map(formatAddress),
      metrics: metrics && formatAddress(metrics.address),
      frontends: config.frontends.length,
      servers: countConfig(config).servers,
    })
  }

  private startApi(process: ProcessInfo): Promise<RuntimeApi> {
    const { socket, socketTcp } = this.config.runtime
    const listeners: StatsListener[] = [{ address: { family: 'unix', path: socket }, level: 'admin' }]
    if (socketTcp) listeners.push({ address: socketTcp, level: 'admin' })
    return startRuntimeApi({ registry: this.registry, workers: this.workers, process, listeners })
  }

  private async startResolver(): Promise<void> {
    const resolver = new Resolver(this.registry, this.config.runtime.resolvers)
    this.closers.push(() => resolver.stop())
    await resolver.start()
  }

  private startChecks(): Checks {
    const settings = new Map(this.config.backends.map(({ name, check }) => [name, check || undefined]))
    const checks = new Checks(this.registry, (server) => settings.get(server.settings.backend))
    checks.start()
    return checks
  }

  private async startMetrics(process: ProcessInfo): Promise<RunningMetrics | undefined> {
    const { metrics } = this.config.runtime
    if (!metrics) return undefined
    const { startMetrics } = await import('./metrics/metrics.js')
    return startMetrics({ registry: this.registry, workers: this.workers, process, listen: metrics })
  }

  private async configureWorkers(): Promise<void> {
    const bound = await this.workers.configure(shapeOf(this.registry, this.config.runtime.log.sessions))
    for (const frontend of this.registry.frontends) {
      frontend.bound = bound.filter((one) => one.frontend === frontend.id).map((one) => one.address)
    }
  }

  private processInfo(): ProcessInfo {
    const startedAt = Date.now()
    return { version, pid: process.pid, startedAt, node: hostname(), isStopping: () => this.isStopping }
  }

  /** Accepts no more, waits for sessions up to `stop_timeout`, cuts the rest. `hurry` ends the waiting. */
  async stop(): Promise<Stopped> {
    this.isStopping = true
    const { board } = this.registry
    const deadline = performance.now() + this.config.runtime.stopTimeoutMs
    await this.workers.stopAccepting()
    this.log.stopping(board.liveOfAll(), this.config.runtime.stopTimeoutMs)
    while (board.liveOfAll() > 0 && !this.stopNow && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, STOP_POLL_MS))
    }
    const cut = board.liveOfAll()
    await this.close()
    return { cut }
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
