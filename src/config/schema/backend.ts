/** `[backends.NAME]`: a named set of servers with a policy, a check and limits. */
import * as z from 'zod'
import { RESERVED_NAMES } from '../../core/name.js'
import type { PolicyDefinition } from '../../core/policy/policy.js'
import { oneOf } from '../one-of.js'
import { agent } from './agent.js'
import { check } from './check.js'
import { ENDING_KEYS, endingKeys } from './endings.js'
import {
  choice,
  duration,
  durationOrOff,
  either,
  integer,
  limit,
  listOf,
  name,
  serverAddress,
  table,
} from './fields.js'
import { rebalance } from './rebalance.js'
import { ROLE_KEYS, roleKeys } from './roles.js'
import { serverTcp } from './tcp.js'
import { WAITING_KEYS, waitingKeys } from './waiting.js'

/** What this room needs to know of a policy. */
export type PolicyInfo = Pick<PolicyDefinition, 'name' | 'summary' | 'keyed' | 'levels'>

/** Keys that mean nothing to UDP: a backend that has one cannot serve a UDP frontend. */
export const TCP_ONLY_BACKEND_KEYS = [
  'connect_timeout',
  'retries',
  'server_idle',
  ...ROLE_KEYS,
  ...ENDING_KEYS,
  ...WAITING_KEYS,
  'rebalance',
  'tcp',
] as const

const server = table({
  name: name()
    .refine((text) => !RESERVED_NAMES.includes(text), 'a name other than FRONTEND and BACKEND')
    .describe('Its name, unique in the backend.'),
  address: serverAddress().describe('Where it is. Host names are resolved again when their TTL ends.'),
  weight: integer(0, 256).prefault(100).describe('Its share relative to the other servers. 0 takes no new sessions.'),
  max_sessions: limit().prefault(0).describe('Sessions at one time; 0 is no limit.'),
}).transform(({ max_sessions, ...same }) => ({ ...same, maxSessions: max_sessions }))

const udp = table({
  idle: duration().prefault('60s').describe('Close a flow that was silent in both directions for this long.'),
}).transform(({ idle }) => ({ udpIdleMs: idle }))

const CHECK = 'false, or a table such as { type = "tcp", interval = "2s" }'
const SERVERS = 'at least one server, such as { name = "s1", address = "10.0.0.11:5432" }'

export function backend(policies: readonly PolicyInfo[]) {
  return table({
    policy: policy(policies)
      .prefault('round-robin')
      .describe(
        `How a server is chosen. ${policies.map(({ name, summary }) => `\`${name}\`: ${summary}`).join('; ')}.`,
      ),
    key: choice(['address', 'address:port'])
      .optional()
      .describe(
        'What a keyed policy hashes: the address of the client, or address and port. ' +
          'Default: `"address"`; for maglev on a backend that serves only UDP `"address:port"`.',
      ),
    check: either(CHECK, [z.literal(false, CHECK), check])
      .optional()
      .describe('How to find out whether a server works. Default: a TCP connect; none where only UDP is served.'),
    agent: agent
      .optional()
      .describe(
        'An agent on each server, asked beside the check: it may set weight, limit, drain and maint, and say down.',
      ),
    connect_timeout: duration().prefault('5s').describe('How long one attempt to connect may take. TCP only.'),
    retries: integer(0, 100).prefault(3).describe('Further servers to try when a connect fails. TCP only.'),
    server_idle: durationOrOff()
      .prefault('off')
      .describe(
        'Close a session that is silent for this long while it is the turn of the server: the client spoke last, or has ended its side. TCP only.',
      ),
    ...roleKeys,
    ...endingKeys,
    ...waitingKeys,
    rebalance: rebalance
      .optional()
      .describe(
        'When a server comes to take sessions that others have, close idle ones on those that have more than their ' +
          'share, so that they come back through the policy: `{ idle = "1m", rate = "1/s" }`. Default: only ' +
          '`headgate rebalance` does so. TCP only.',
      ),
    tcp: serverTcp.prefault({}).describe('Socket options towards the servers. TCP only.'),
    udp: udp.prefault({}).describe('Makes the backend serve UDP only, and sets how.'),
    servers: listOf(server, SERVERS).meta({ expected: 'a list of tables' }).describe('The servers, in order.'),
  }).transform(({ connect_timeout, server_idle, tcp, udp, ...same }) => {
    const { max_lag, on_all_lagging, weight_by_lag, on_split_brain, ...others } = same
    const { on_down, on_role_lost, on_lag, on_drain, kill_over, ...more } = others
    const { on_no_server, max_waiting, ...rest } = more
    return {
      ...rest,
      ...tcp,
      ...udp,
      connectTimeoutMs: connect_timeout,
      serverIdleMs: server_idle,
      roles: {
        maxLag: max_lag,
        onAllLagging: on_all_lagging,
        weightByLag: weight_by_lag,
        onSplitBrain: on_split_brain,
      },
      endings: {
        onDown: on_down,
        onRoleLost: on_role_lost,
        onLag: on_lag,
        killAfterDrainMs: on_drain,
        killOverMs: kill_over,
      },
      waiting: { noServerMs: on_no_server, most: max_waiting },
    }
  })
}

function policy(policies: readonly PolicyInfo[]) {
  const names = policies.map((one) => one.name)
  return z.enum(names, oneOf(names)).meta({ expected: oneOf(names) })
}

export type BackendKeys = z.output<ReturnType<typeof backend>>
