/** The closed lists behind log fields and metric labels. */

/** Why a connect to a server failed. */
export const CONNECT_FAILURES = ['refused', 'timeout', 'unreachable', 'error'] as const
export type ConnectFailure = (typeof CONNECT_FAILURES)[number]

/** Why a session ended, or was never begun. Every close record carries one. */
export const CLOSE_REASONS = [
  'done', // both directions ended in order
  'client-reset',
  'server-reset',
  'client-idle', // no byte from the client for client_idle
  'server-idle', // no byte from the server for server_idle
  'idle', // UDP: no datagram either way for udp.idle
  'client-gone', // the client left before a server was connected
  'no-server', // no eligible server
  'queue-full', // max_waiting sessions waited for a server of the backend already
  'wait-timeout', // it waited for a server, and none came in time
  'frontend-limit', // max_sessions of the frontend
  'global-limit', // [runtime].max_sessions
  'cancel-limit', // too many CancelRequests of unknown sessions at once
  'connect-refused',
  'connect-timeout',
  'connect-unreachable',
  'connect-error',
  'server-refused', // UDP: the server's host answered that nobody listens
  'server-down', // the checks took the server down: on_down, or UDP where another one could take the client
  'killed', // by an operator
  'role-lost', // on_role_lost: the server is the primary no more
  'lagging', // on_lag: the replica is further behind than max_lag
  'drained', // on_drain: the server has been draining for long enough
  'rebalanced', // idle on a server that has more than its share
  'stopped', // cut at the stop deadline
  'frontend-removed',
  'engine-error', // the operating system failed us in mid-session; the record's detail says how
] as const
export type CloseReason = (typeof CLOSE_REASONS)[number]

/** Those for which control may end sessions. */
export const KILL_REASONS = ['killed', 'server-down', 'role-lost', 'lagging', 'drained', 'rebalanced'] as const
export type KillReason = (typeof KILL_REASONS)[number] & CloseReason

export function isKill(reason: CloseReason): reason is KillReason {
  return KILL_REASONS.some((kill) => kill === reason)
}

/** How a PostgreSQL CancelRequest went on. */
export const CANCEL_WAYS = [
  'owner', // to the server of its session
  'all', // to all servers: no session was known by its key
  'copied', // to a chosen server before it could be told from a session, and from there to whom it may concern
] as const
export type CancelWay = (typeof CANCEL_WAYS)[number]
