/** Sessions per second: what counters that only grow did in the last second and in the last minute. */
import type { Backend } from '../registry/backend.js'
import type { Frontend } from '../registry/frontend.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { systemTiming } from '../timing.js'

const INTERVAL_MS = 1_000
/** One minute of seconds needs both its ends. */
const RING = 61

interface Moment {
  /** Unix time, ms. */
  readonly now: number
  /** Of `ticks`: a clock that is set makes no second shorter or longer. */
  readonly elapsed: number
}

/** One growing number, looked at once a second. */
export class Series {
  private readonly totals = new Float64Array(RING)
  private readonly times = new Float64Array(RING)
  private samples = 0
  /** The most per second that was ever seen. */
  peak = 0
  /** Unix time, ms, of the sample that last saw it grow. */
  grewAt: number | undefined

  /** Returns what it has grown by since the sample before; the first one counts from 0. */
  sample(total: number, { now, elapsed }: Moment): number {
    const before = this.at(this.totals, 1)
    if (this.samples > 0 && total > before) this.grewAt = now
    this.totals[this.samples % RING] = total
    this.times[this.samples % RING] = elapsed
    this.samples++
    this.peak = Math.max(this.peak, this.perSecond)
    return total - before
  }

  /** For a sum: whatever leaves it takes nothing away that it has brought. */
  grow(by: number, at: Moment): void {
    this.sample(this.at(this.totals, 1) + by, at)
  }

  clearPeak(): void {
    this.peak = this.perSecond
  }

  /** Over the last whole second; 0 until there was one. */
  get perSecond(): number {
    return this.over(1)
  }
  /** Per second, as the mean over the last minute, or since the start when that is less. */
  get minuteMean(): number {
    return this.over(Math.min(RING, this.samples) - 1)
  }

  private over(intervals: number): number {
    if (intervals < 1 || this.samples <= intervals) return 0
    const seconds = (this.at(this.times, 1) - this.at(this.times, intervals + 1)) / 1_000
    return seconds <= 0 ? 0 : (this.at(this.totals, 1) - this.at(this.totals, intervals + 1)) / seconds
  }

  /** The value that was sampled `back` samples ago, 1 being the last; 0 before the first. */
  private at(values: Float64Array, back: number): number {
    return values[(this.samples - back) % RING] ?? 0
  }
}

/** A series for every frontend, backend and server, and for the process. */
export class Rates {
  /** Taken from clients. */
  private readonly accepted = new WeakMap<Frontend | Registry, Series>()
  /** Given to a server. */
  private readonly sessions = new WeakMap<Frontend | Backend | Server | Registry, Series>()
  /** The most sessions alive at once over a backend's servers, as far as samples saw it. */
  private readonly peaks = new WeakMap<Backend, number>()
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly registry: Registry,
    private readonly clock: () => number = Date.now,
    private readonly elapsed: () => number = systemTiming.ticks,
  ) {}

  start(): void {
    this.sample()
    this.timer = setInterval(() => this.sample(), INTERVAL_MS).unref()
  }
  stop(): void {
    clearInterval(this.timer)
  }

  acceptedOf(of: Frontend | Registry): Series {
    return seriesOf(this.accepted, of)
  }
  sessionsOf(of: Frontend | Backend | Server | Registry): Series {
    return seriesOf(this.sessions, of)
  }
  peakOf(backend: Backend): number {
    return Math.max(this.peaks.get(backend) ?? 0, liveOf(backend))
  }

  /** The highest rates and counts begin again at what is now. */
  clearPeaks(): void {
    const { frontends, backends } = this.registry
    for (const of of [this.registry, ...frontends]) {
      this.acceptedOf(of).clearPeak()
      this.sessionsOf(of).clearPeak()
    }
    for (const backend of backends) {
      this.peaks.delete(backend)
      for (const of of [backend, ...backend.servers]) this.sessionsOf(of).clearPeak()
    }
  }

  /** Looks at everything once; `start` does it every second. */
  sample(): void {
    const { board, frontends, backends } = this.registry
    const at = { now: this.clock(), elapsed: this.elapsed() }
    const grown = { accepted: 0, sessions: 0 }
    for (const frontend of frontends) {
      grown.accepted += this.acceptedOf(frontend).sample(board.totalOfFrontend(frontend.id, 'accepted'), at)
      grown.sessions += this.sessionsOf(frontend).sample(board.totalOfFrontend(frontend.id, 'sessions'), at)
    }
    this.acceptedOf(this.registry).grow(grown.accepted, at)
    this.sessionsOf(this.registry).grow(grown.sessions, at)
    for (const backend of backends) this.sampleBackend(backend, at)
  }

  private sampleBackend(backend: Backend, at: Moment): void {
    let grown = 0
    for (const server of backend.servers)
      grown += this.sessionsOf(server).sample(this.registry.board.totalOfServer(server.slot, 'sessions'), at)
    this.sessionsOf(backend).grow(grown, at)
    this.peaks.set(backend, this.peakOf(backend))
  }
}

function liveOf(backend: Backend): number {
  return backend.servers.reduce((sum, server) => sum + server.live, 0)
}

function seriesOf<Of extends object>(all: WeakMap<Of, Series>, of: Of): Series {
  const known = all.get(of)
  if (known) return known
  const series = new Series()
  all.set(of, series)
  return series
}
