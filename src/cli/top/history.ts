/** What became of each server and of all together, from one status document to the next. */
import type { ServerStatus, StatusDocument } from '../../control/runtime-api/status/document.js'
import type { Measured } from './sparkline.js'

/** Seconds of history: wider plots are of no use. */
const MOST_SAMPLES = 120

export interface ServerSample {
  readonly newPerSecond: number
  /** Both directions. */
  readonly bytesPerSecond: number
  /** Mean of the sessions that were connected meanwhile; null where there were none. */
  readonly connectMs: number | null
  /** How long the last probe took, milliseconds. */
  readonly probe: Measured
}

export interface TotalSample {
  readonly newPerSecond: number
  readonly refusedPerSecond: number
  readonly inPerSecond: number
  readonly outPerSecond: number
}

/** What only grows, summed over the frontends. */
interface Totals {
  readonly sessions: number
  readonly refused: number
  readonly in: number
  readonly out: number
}

export class History {
  private before: StatusDocument | undefined
  private readonly servers = new Map<string, ServerSample[]>()
  private readonly totals: TotalSample[] = []

  /** Oldest first; empty until there were two looks. */
  of(path: string): readonly ServerSample[] {
    return this.servers.get(path) ?? []
  }
  get all(): readonly TotalSample[] {
    return this.totals
  }

  add(document: StatusDocument): void {
    const { before } = this
    this.before = document
    // another process counts from nought
    if (before?.startedAt !== document.startedAt) return this.clear()
    const seconds = (document.uptimeMs - before.uptimeMs) / 1_000
    if (seconds <= 0) return
    append(this.totals, totalSample(totalsOf(before), totalsOf(document), seconds))
    this.addServers(before, document, seconds)
  }

  private addServers(before: StatusDocument, document: StatusDocument, seconds: number): void {
    const known = new Map(serversOf(before).map((server) => [server.path, server]))
    const present = serversOf(document)
    for (const path of this.servers.keys()) {
      if (!present.some((server) => server.path === path)) this.servers.delete(path)
    }
    for (const server of present) {
      const was = known.get(server.path)
      if (!was) continue
      const samples = this.servers.get(server.path) ?? []
      append(samples, serverSample(was, server, seconds))
      this.servers.set(server.path, samples)
    }
  }

  private clear(): void {
    this.servers.clear()
    this.totals.length = 0
  }
}

export function serversOf({ backends }: StatusDocument): readonly ServerStatus[] {
  return backends.flatMap(({ servers }) => servers)
}

function append<T>(samples: T[], sample: T): void {
  samples.push(sample)
  if (samples.length > MOST_SAMPLES) samples.shift()
}

function serverSample(was: ServerStatus, is: ServerStatus, seconds: number): ServerSample {
  const sessions = is.sessions.total - was.sessions.total
  const bytes = is.bytes.in + is.bytes.out - was.bytes.in - was.bytes.out
  const last = is.check?.last
  return {
    newPerSecond: perSecond(sessions, seconds),
    bytesPerSecond: perSecond(bytes, seconds),
    connectMs: sessions > 0 ? Math.max(0, is.connectMs - was.connectMs) / sessions : null,
    probe: is.health === 'down' || last?.passed === false ? 'failed' : (last?.durationMs ?? null),
  }
}

function totalSample(was: Totals, is: Totals, seconds: number): TotalSample {
  return {
    newPerSecond: perSecond(is.sessions - was.sessions, seconds),
    refusedPerSecond: perSecond(is.refused - was.refused, seconds),
    inPerSecond: perSecond(is.in - was.in, seconds),
    outPerSecond: perSecond(is.out - was.out, seconds),
  }
}

/** Never negative: counters may have been cleared meanwhile. */
function perSecond(growth: number, seconds: number): number {
  return Math.max(0, growth) / seconds
}

function totalsOf({ frontends }: StatusDocument): Totals {
  const sum = (of: (frontend: (typeof frontends)[number]) => number) =>
    frontends.reduce((total, frontend) => total + of(frontend), 0)
  return {
    sessions: sum(({ sessions }) => sessions.total),
    refused: sum(({ refused }) => Object.values(refused).reduce((total, number) => total + number, 0)),
    in: sum(({ bytes }) => bytes.in),
    out: sum(({ bytes }) => bytes.out),
  }
}
