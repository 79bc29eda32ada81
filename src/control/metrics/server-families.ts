/** Metrics of servers: counters of the scoreboard, state, and what the checks found. */
import type { ServerCounter } from '../../core/scoreboard/counters.js'
import { ADMIN_STATES } from '../../core/server-state.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { counter, type Family, gauge, type Labels, over, seconds } from './family.js'

const SERVER = ['backend', 'server'] as const

/** @param now Unix time, ms */
export function serverFamilies(registry: Registry, now: () => number): readonly Family[] {
  const { board } = registry
  const servers = () => registry.backends.flatMap((backend) => backend.servers)
  const totalOf = (server: Server, name: ServerCounter) => board.totalOfServer(server.slot, name)
  const { each, total, split } = over(servers, labelsOf, totalOf)
  const counted = (name: string, help: string, of: ServerCounter) => counter(name, help, SERVER, total(of))
  const plain = (name: string, help: string, value: (server: Server) => number) =>
    gauge(name, help, SERVER, each(value))

  return [
    counted('server_picks', 'Times the policy chose this server, whether or not the connect then succeeded.', 'picks'),
    counted('server_sessions', 'Sessions connected to this server.', 'sessions'),
    counter(
      'server_bytes',
      'Payload bytes, in: from clients, out: to clients.',
      [...SERVER, 'direction'],
      split('direction', { in: 'bytesIn', out: 'bytesOut' }),
    ),
    counter(
      'server_datagrams',
      'UDP datagrams, in: from clients, out: to clients.',
      [...SERVER, 'direction'],
      split('direction', { in: 'datagramsIn', out: 'datagramsOut' }),
    ),
    counter(
      'server_connect_failures',
      'Connects to this server that failed.',
      [...SERVER, 'reason'],
      split('reason', {
        refused: 'connectRefused',
        timeout: 'connectTimeouts',
        unreachable: 'connectUnreachable',
        error: 'connectErrors',
      }),
    ),
    counted('server_redispatches', 'Sessions that left for another server after a failed connect.', 'redispatches'),
    counted('server_udp_refusals', 'Times the host of this server answered that nobody listens (UDP).', 'udpRefusals'),
    counter(
      'server_resets',
      'Sessions that one side reset.',
      [...SERVER, 'by'],
      split('by', { client: 'clientAborts', server: 'serverAborts' }),
    ),
    counted('server_closes', 'Sessions that ended in order, the server first.', 'serverCloses'),
    counted('server_kills', 'Sessions ended by an operator or a rule.', 'kills'),
    counter(
      'server_connect_seconds',
      'Time that sessions took to connect; divide by sessions.',
      SERVER,
      each((server) => seconds(totalOf(server, 'connectMs'))),
    ),
    counter(
      'server_session_seconds',
      'Time that ended sessions had lasted.',
      SERVER,
      each((server) => seconds(totalOf(server, 'sessionMs'))),
    ),
    plain('server_live_sessions', 'Sessions alive now, those still connecting included.', (server) => server.live),
    plain('server_peak_sessions', 'The most sessions alive at one time.', ({ slot }) => board.peakOfServer(slot)),
    plain('server_max_sessions', 'Limit of live sessions, 0 for none.', ({ slot }) =>
      board.server(slot, 'maxSessions'),
    ),
    plain('server_weight', 'Weight as set, 0 to 256.', (server) => server.weight),
    plain('server_effective_weight', 'Weight that the policy goes by, 0 to 256.', ({ slot }) =>
      board.server(slot, 'effectiveWeight'),
    ),
    plain('server_up', 'Health: 1 up, 0 down. A server without a check is up.', ({ health }) =>
      health === 'up' ? 1 : 0,
    ),
    gauge('server_admin_state', 'What the operator said: 1 for the present state.', [...SERVER, 'state'], (add) => {
      for (const server of servers()) {
        for (const state of ADMIN_STATES) add({ ...labelsOf(server), state }, server.admin === state ? 1 : 0)
      }
    }),
    gauge(
      'server_state_changed_timestamp_seconds',
      'Unix time of the last change of health, admin state or weight.',
      SERVER,
      each((server) => seconds(server.changedAt)),
    ),
    counter(
      'server_down_seconds',
      'Time spent down or in maint.',
      SERVER,
      each((server) => seconds(server.downtime(now()))),
    ),
    ...checkFamilies(servers),
    ...agentFamilies(servers),
  ]
}

/** Only of servers that have a check, and of the last probe only once there was one. */
function checkFamilies(servers: () => readonly Server[]): readonly Family[] {
  return [
    counter('server_check_failures', 'Probes that failed while the server was up.', SERVER, (add) => {
      for (const server of servers()) if (server.check) add(labelsOf(server), server.check.failures)
    }),
    counter('server_check_downs', 'Times the check took this server down.', SERVER, (add) => {
      for (const server of servers()) if (server.check) add(labelsOf(server), server.check.downs)
    }),
    counter('server_probe_failures', 'Probes that did not pass.', [...SERVER, 'reason'], (add) => {
      for (const server of servers()) {
        for (const [reason, count] of server.check?.failuresByReason ?? []) add({ ...labelsOf(server), reason }, count)
      }
    }),
    gauge(
      'server_probe_verdict',
      "The last probe's verdict in HAProxy's codes, always 1.",
      [...SERVER, 'code'],
      (add) => {
        for (const server of servers()) {
          if (server.check?.last) add({ ...labelsOf(server), code: server.check.last.code }, 1)
        }
      },
    ),
    gauge('server_probe_duration_seconds', 'How long the last probe took.', SERVER, (add) => {
      for (const server of servers()) {
        if (server.check?.last) add(labelsOf(server), seconds(server.check.last.durationMs))
      }
    }),
  ]
}

/** Only of servers that have an agent. */
function agentFamilies(servers: () => readonly Server[]): readonly Family[] {
  return [
    gauge('server_agent_up', "What the server's agent last said of its health: 1 up, 0 down.", SERVER, (add) => {
      for (const server of servers()) if (server.agent) add(labelsOf(server), server.agent.health === 'up' ? 1 : 0)
    }),
    counter(
      'server_agent_failures',
      'Times the agent was asked and gave no answer that can be understood.',
      [...SERVER, 'reason'],
      (add) => {
        for (const server of servers()) {
          for (const [reason, count] of server.agent?.failuresByReason ?? [])
            add({ ...labelsOf(server), reason }, count)
        }
      },
    ),
  ]
}

export function labelsOf(server: Server): Labels {
  return { backend: server.settings.backend, server: server.name }
}
