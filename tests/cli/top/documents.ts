/** Status documents as `top` gets them, one a second. */

import type { ProbeReport } from '../../../src/control/registry/server.js'
import type {
  BackendStatus,
  FrontendStatus,
  ServerStatus,
  SessionCounts,
  StatusDocument,
} from '../../../src/control/runtime-api/status/document.js'

const STARTED = 1_795_251_418_000
const FLOW = { in: 0, out: 0 }

function counts(live: number, total: number): SessionCounts {
  return { live, peak: live, max: null, total, perSecond: 0, perSecondOverMinute: 0, perSecondPeak: 0 }
}

export interface ServerPlan {
  readonly live?: number
  /** Sessions ever. */
  readonly total?: number
  readonly bytes?: number
  readonly connectMs?: number
  readonly status?: string
  readonly down?: true
  readonly admin?: 'ready' | 'drain' | 'maint'
  readonly weight?: number
  /** Of the last probe; absent without a check. */
  readonly probeMs?: number
}

export function server(path: string, plan: ServerPlan = {}): ServerStatus {
  const { live = 0, total = 0, bytes = 0, connectMs = 0, status = 'UP', down, admin = 'ready', weight = 100 } = plan
  const [backend = '', name = ''] = path.split('/')
  const last: ProbeReport | undefined = plan.probeMs === undefined ? undefined : probe(plan.probeMs, down !== true)
  const check = last ? { health: 4, rise: 2, fall: 3, last, failures: 0, downs: 0 } : null
  return {
    ...{ path, name, backend, address: '10.0.0.1:5432', resolved: '10.0.0.1:5432', admin, status },
    health: down ? 'down' : 'up',
    serving: !down && admin === 'ready' && weight > 0,
    since: STARTED,
    weight: { set: weight, configured: 100, effective: weight },
    sessions: counts(live, total),
    picks: total,
    bytes: { in: bytes / 4, out: (bytes * 3) / 4 },
    datagrams: FLOW,
    connectFailures: { refused: 0, timeout: 0, unreachable: 0, error: 0 },
    ...{ redispatches: 0, udpRefusals: 0, connectMs, kills: 0, downMs: 0, check, agent: null, database: null, why: [] },
    aborts: { client: 0, server: 0 },
    changed: { admin: null, weight: null, health: null },
  }
}

function probe(durationMs: number, passed: boolean): ProbeReport {
  const finding = passed
    ? ({ code: 'L4OK', reason: 'passed', words: 'connected' } as const)
    : ({ code: 'L4CON', reason: 'refused', words: 'refused' } as const)
  return { passed, ...finding, durationMs, at: STARTED }
}

/** @param second since the start */
export function document(second: number, servers: readonly ServerStatus[]): StatusDocument {
  const sum = (of: (server: ServerStatus) => number) => servers.reduce((total, one) => total + of(one), 0)
  const bytes = { in: sum(({ bytes }) => bytes.in), out: sum(({ bytes }) => bytes.out) }
  const sessions = counts(
    sum(({ sessions }) => sessions.live),
    sum(({ sessions }) => sessions.total),
  )
  const names = [...new Set(servers.map(({ backend }) => backend))]
  const hasDown = servers.some(({ health }) => health === 'down')
  const words =
    '2 of 3 servers of replicas take new sessions; replicas/r3 is down: connection refused by 10.0.0.13:5432'
  return {
    ...{
      version: '0.1.0',
      generation: 1,
      older: [],
      pid: 4711,
      engine: 'linux',
      workers: 4,
      startedAt: STARTED,
      stopping: false,
      sessions,
    },
    uptimeMs: second * 1_000,
    status: hasDown ? 'degraded' : 'healthy',
    checks: hasDown ? [{ name: 'frontend postgres', status: 'degraded', words }] : [],
    frontends: [frontend(sessions, bytes)],
    backends: names.map((name) =>
      backend(
        name,
        servers.filter((one) => one.backend === name),
      ),
    ),
  }
}

function frontend(sessions: SessionCounts, bytes: { in: number; out: number }): FrontendStatus {
  return {
    ...{
      name: 'postgres',
      protocol: 'tcp',
      role: 'any',
      backends: [],
      splitChanged: null,
      listeners: [],
      sessions,
      bytes,
    },
    accepted: sessions.total,
    refused: { frontendLimit: 0, globalLimit: 0, noServer: 0, connect: 0, queueFull: 0, waitTimeout: 0 },
    ...{ cancels: { toOwner: 0, toAll: 0, copied: 0 }, silentClients: 0 },
    ...{ diverted: 0, clientGone: 0, empty: 0, acceptErrors: 0 },
    datagrams: { ...FLOW, dropped: 0, kernelDrops: 0 },
  }
}

function backend(name: string, servers: readonly ServerStatus[]): BackendStatus {
  const serving = servers.filter((one) => one.serving).length
  return {
    ...{ name, policy: 'least-conn', state: 'up', since: STARTED, downs: 0, frontends: ['postgres'], serving, servers },
    ...{ primary: null, rivals: [] },
    sessions: counts(0, 0),
    waiting: { now: 0, peak: 0, most: 1_000, noServerMs: 0, waited: 0, waitedMs: 0 },
    pause: null,
  }
}
