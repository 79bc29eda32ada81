import { formatAddress } from '../../../core/address.js'
import { LANE_BIT } from '../../../core/lane.js'
import { ROLES } from '../../../core/role.js'
import type { ServerCounter } from '../../../core/scoreboard/counters.js'
import { isServing } from '../../../core/server-state.js'
import { explain } from '../../health/explain.js'
import type { CheckState, Server } from '../../registry/server.js'
import type { Call } from '../command.js'
import type { AgentStatus, CheckStatus, DatabaseStatus, ServerStatus } from './document.js'
import { sessionCounts } from './session-counts.js'

export function serverStatus(server: Server, call: Call): ServerStatus {
  return { ...stateOf(server, call.now), ...countsOf(server, call) }
}

function stateOf(server: Server, now: number) {
  const { board, slot, settings, check } = server
  return {
    path: server.path,
    name: server.name,
    backend: settings.backend,
    address: formatAddress(settings.address),
    resolved: server.resolved ? formatAddress(server.resolved) : null,
    admin: server.admin,
    health: server.health,
    status: server.status,
    serving: isServing(board, slot),
    since: server.changedAt,
    weight: { set: server.weight, configured: settings.weight, effective: board.server(slot, 'effectiveWeight') },
    check: check ? checkStatus(check) : null,
    agent: agentStatus(server),
    database: databaseStatus(server),
    changed: {
      admin: server.lastAdminChange ?? null,
      weight: server.lastWeightChange ?? null,
      health: server.lastHealthChange ?? null,
    },
    downMs: server.downtime(now),
    why: explain(server, now),
  }
}

function databaseStatus({ role, roleSince, lag, isLagging, barred }: Server): DatabaseStatus | null {
  if (!role) return null
  const known = lag && { ms: finite(lag.ms), bytes: finite(lag.bytes) }
  const serves = ROLES.filter((one) => (barred & LANE_BIT[one]) === 0)
  return { role, since: roleSince, lag: known ?? null, lagging: isLagging, serves }
}

/** JSON has no infinity. */
function finite(amount: number | undefined): number | null {
  return amount === undefined || !Number.isFinite(amount) ? null : amount
}

function agentStatus({ agent, isAgentOn }: Server): AgentStatus | null {
  return agent ? { on: isAgentOn, health: agent.health, said: agent.said ?? null, last: agent.last ?? null } : null
}

function checkStatus({ hysteresis, last, failures, downs }: CheckState): CheckStatus {
  return { ...hysteresis, last: last ?? null, failures, downs }
}

function countsOf(server: Server, { rates }: Call) {
  const { board, slot, live } = server
  const total = (counter: ServerCounter) => board.totalOfServer(slot, counter)
  const max = board.server(slot, 'maxSessions')
  const counted = { live, peak: board.peakOfServer(slot), max, total: total('sessions') }
  return {
    sessions: sessionCounts(counted, rates.sessionsOf(server)),
    picks: total('picks'),
    bytes: { in: total('bytesIn'), out: total('bytesOut') },
    datagrams: { in: total('datagramsIn'), out: total('datagramsOut') },
    connectFailures: {
      refused: total('connectRefused'),
      timeout: total('connectTimeouts'),
      unreachable: total('connectUnreachable'),
      error: total('connectErrors'),
    },
    redispatches: total('redispatches'),
    udpRefusals: total('udpRefusals'),
    connectMs: total('connectMs'),
    aborts: { client: total('clientAborts'), server: total('serverAborts') },
    kills: total('kills'),
  }
}
