/** Can this process do its work, and if not, what is missing: the document behind `/live`, `/ready` and `show status`. */
import type { AskedRole } from '../../core/lane.js'
import type { Backend } from '../registry/backend.js'
import type { Frontend } from '../registry/frontend.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { roleObstacle } from '../roles/obstacle.js'
import type { ProcessInfo } from '../runtime-api/process-info.js'
import { pauseWords, reasonOfHealth } from './explain.js'

/** Worst last. `degraded` still serves everybody; `unhealthy` refuses somebody. */
export const STATUSES = ['healthy', 'degraded', 'unhealthy'] as const
export type Status = (typeof STATUSES)[number]

export interface StatusCheck {
  /** `process`, `workers`, or `frontend NAME`. */
  readonly name: string
  readonly status: Status
  readonly words: string
}

export interface HealthDocument {
  /** The worst of the checks. */
  readonly status: Status
  readonly checks: readonly StatusCheck[]
  readonly version: string
  /** Seconds. */
  readonly uptime: number
}

/** What the document is made from. */
export interface Vitals {
  readonly registry: Registry
  readonly process: Pick<ProcessInfo, 'version' | 'startedAt' | 'isStopping'>
  readonly workers: {
    readonly count: number
    /** Workers that run at present. */
    readonly running: number
  }
}

/** @param now Unix time, ms */
export function healthDocument(vitals: Vitals, now: number): HealthDocument {
  const { registry, process, workers } = vitals
  const checks = [
    processCheck(process.isStopping()),
    workersCheck(workers),
    ...registry.frontends.map((frontend) => frontendCheck(frontend, now)),
  ]
  const uptime = Math.max(0, Math.floor((now - process.startedAt) / 1_000))
  return { status: worst(checks), checks, version: process.version, uptime }
}

function worst(checks: readonly StatusCheck[]): Status {
  const rank = Math.max(...checks.map(({ status }) => STATUSES.indexOf(status)))
  return STATUSES[rank] ?? 'unhealthy'
}

function processCheck(isStopping: boolean): StatusCheck {
  return { name: 'process', status: isStopping ? 'unhealthy' : 'healthy', words: isStopping ? 'stopping' : 'running' }
}

function workersCheck({ count, running }: Vitals['workers']): StatusCheck {
  const status = running === count ? 'healthy' : running > 0 ? 'degraded' : 'unhealthy'
  return { name: 'workers', status, words: `${running} of ${count} running` }
}

/**
 * A server that the operator set to drain, maint or weight 0 is missed by nobody; one that should serve and is down makes
 * its frontends degraded.
 */
function frontendCheck(frontend: Frontend, now: number): StatusCheck {
  const open = frontend.routes.filter((route) => frontend.weightOf(route) > 0).map(({ backend }) => backend)
  const { role } = frontend.settings
  const isLost = open.every((backend) => backend.servingAs(role).length === 0)
  const missing = open.flatMap(({ servers }) =>
    servers.filter((server) => server.admin === 'ready' && server.health === 'down'),
  )
  const paused = open.filter(({ pause }) => pause?.state === 'paused')
  // whoever looks at us must not turn its clients away in a switchover: they wait
  const isRefusing = isLost && paused.length === 0
  const status = isRefusing ? 'unhealthy' : missing.length + paused.length > 0 ? 'degraded' : 'healthy'
  // where all is well the counts are the news, else only those of who misses one
  const short = open.filter((backend) => isLost || backend.serving.length < backend.servers.length)
  const told = status === 'healthy' ? open : short
  const words = [
    ...paused.map((backend) => pausedWords(backend, now)),
    ...told.map((backend) => counts(backend, role, isLost)),
    ...open.flatMap(splitBrain),
    ...missing.slice(0, 3).map(reason),
    ...(isLost ? open.flatMap((backend) => unfit(backend, role)).slice(0, 3) : []),
  ]
  return { name: `frontend ${frontend.name}`, status, words: words.join('; ') }
}

/** @param isLost no backend of the frontend can take over */
function counts(backend: Backend, role: AskedRole, isLost: boolean): string {
  const { name, servers } = backend
  const serving = backend.servingAs(role)
  const diverted = serving.length === 0 && !isLost ? ', so its share goes to the others' : ''
  const asked = role === 'any' ? '' : ` for ${role}`
  const those = servers.length === 1 ? `server of ${name} takes` : `servers of ${name} take`
  return `${serving.length} of ${servers.length} ${those} new sessions${asked}${diverted}`
}

function splitBrain({ name, rivals }: Backend): string[] {
  const names = rivals.map((server) => server.name).join(' and ')
  return rivals.length === 0 ? [] : [`${names} of ${name} each say that they are the primary`]
}

/** Servers that would serve, but for the role that is asked for. */
function unfit({ servers, rivals }: Backend, role: AskedRole): string[] {
  return servers
    .filter((server) => server.admin === 'ready' && server.health === 'up' && !rivals.includes(server))
    .flatMap((server) => {
      const why = roleObstacle(server, role)
      return why === undefined ? [] : [`${server.path}: ${why}`]
    })
}

function pausedWords(backend: Backend, now: number): string {
  const { name, waiting } = backend
  return `${name} is ${pauseWords(backend, now)}: ${waiting} new ${waiting === 1 ? 'session waits' : 'sessions wait'}`
}

function reason(server: Server): string {
  return `${server.path} is down: ${reasonOfHealth(server)}`
}
