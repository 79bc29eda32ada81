import type { Backend } from '../../registry/backend.js'
import type { Call } from '../command.js'
import type { BackendStatus, WaitingStatus } from './document.js'
import { serverStatus } from './server-status.js'
import { sessionCounts } from './session-counts.js'

export function backendStatus(backend: Backend, call: Call): BackendStatus {
  const { registry, rates } = call
  const servers = backend.servers.map((server) => serverStatus(server, call))
  const live = servers.reduce((sum, { sessions }) => sum + sessions.live, 0)
  const total = registry.tally.totalOfServersOf(backend, 'sessions')
  const counted = { live, peak: rates.peakOf(backend), max: 0, total }
  const serving = backend.serving.length
  const { primary, rivals } = backend
  return {
    name: backend.name,
    policy: backend.settings.policy.name,
    state: serving > 0 ? 'up' : 'down',
    since: backend.changedAt,
    downs: backend.downs,
    frontends: registry.frontends.filter((frontend) => frontend.backends.includes(backend)).map(({ name }) => name),
    serving,
    sessions: sessionCounts(counted, rates.sessionsOf(backend)),
    primary: primary?.name ?? null,
    rivals: rivals.map(({ name }) => name),
    waiting: waitingStatus(backend),
    pause: backend.pause ?? null,
    servers,
  }
}

export function waitingStatus({ board, id, settings, waiting }: Backend): WaitingStatus {
  return {
    now: waiting,
    peak: board.peakWaitingFor(id),
    ...settings.waiting,
    waited: board.totalOfBackend(id, 'waited'),
    waitedMs: board.totalOfBackend(id, 'waitMs'),
  }
}
