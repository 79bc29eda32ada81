import type { FrontendCounter } from '../../../core/scoreboard/counters.js'
import { healthDocument } from '../../health/readiness.js'
import type { Call } from '../command.js'
import { backendStatus } from './backend-status.js'
import type { StatusDocument } from './document.js'
import { frontendStatus } from './frontend-status.js'
import { sessionCounts } from './session-counts.js'

export function statusOf(call: Call): StatusDocument {
  const { process, generations, workers, registry, rates, now } = call
  const { board, frontends, backends } = registry
  const total = (counter: FrontendCounter) =>
    frontends.reduce((sum, { id }) => sum + board.totalOfFrontend(id, counter), 0)
  const { status, checks } = healthDocument({ registry, process, workers }, now)
  const counted = { live: board.liveOfAll(), peak: null, max: board.maxSessions, total: total('sessions') }
  return {
    version: process.version,
    pid: process.pid,
    generation: generations.present,
    older: [],
    engine: workers.engine,
    workers: workers.count,
    startedAt: process.startedAt,
    uptimeMs: Math.max(0, now - process.startedAt),
    stopping: process.isStopping(),
    status,
    checks,
    sessions: sessionCounts(counted, rates.sessionsOf(registry)),
    frontends: frontends.map((frontend) => frontendStatus(frontend, call)),
    backends: backends.map((backend) => backendStatus(backend, call)),
  }
}
