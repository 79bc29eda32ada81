/** Settings as a config file writes them: its keys, durations and addresses as text. Every default is filled in. */
import { formatAddress, formatListenAddress } from '../../core/address.js'
import { formatDuration } from '../../core/duration.js'
import type { TcpOptions } from '../../core/messages.js'
import type { Backend, Frontend, Runtime } from '../config.js'
import { formatOnDrain } from '../schema/endings.js'
import { rebalanceKeys } from '../schema/rebalance.js'
import { formatMaxLag } from '../schema/roles.js'
import { formatOnNoServer } from '../schema/waiting.js'
import { agentKeys, checkKeys } from './written-check.js'
import { nothingLeft, type Written, type WrittenTable } from './written-table.js'

export type Server = Backend['servers'][number]

export function runtimeKeys({
  socket,
  socketTcp,
  sockets,
  state,
  engine,
  workers,
  metrics,
  maxSessions,
  stopTimeoutMs,
  upgradeDeadlineMs,
  resolvers,
  log,
  ...rest
}: Runtime): WrittenTable {
  nothingLeft(rest)
  return {
    socket,
    socket_tcp: socketTcp && formatAddress(socketTcp),
    sockets: sockets.map(({ listen, level, mode }) => ({
      listen: formatListenAddress('tcp', listen),
      level,
      mode: `0${mode.toString(8).padStart(3, '0')}`,
    })),
    state,
    engine,
    workers,
    metrics: metrics && formatAddress(metrics),
    max_sessions: maxSessions,
    stop_timeout: formatDuration(stopTimeoutMs),
    upgrade_deadline: durationOrOff(upgradeDeadlineMs),
    resolvers: resolvers.map(formatAddress),
    log,
  }
}

export function frontendKeys({
  name: _,
  protocol,
  listen,
  routes,
  maxSessions,
  clientIdleMs,
  logEmpty,
  tcp,
  backlog,
  deferAccept,
  role,
  speaks,
  ...rest
}: Frontend): WrittenTable {
  nothingLeft(rest)
  const listens = listen.map((address) => formatListenAddress(protocol, address))
  return {
    listen: listens.length === 1 ? listens[0] : listens,
    backend: routesKey(routes),
    role,
    protocol: speaks,
    max_sessions: maxSessions,
    client_idle: durationOrOff(clientIdleMs),
    log_empty: logEmpty,
    tcp: { ...tcpKeys(tcp), backlog, defer_accept: deferAccept },
  }
}

/** Of one backend the name alone: its weight is a share of itself. */
function routesKey(routes: Frontend['routes']): Written {
  const [only] = routes
  if (only && routes.length === 1) return only.backend
  return Object.fromEntries(routes.map(({ backend, weight }) => [backend, weight]))
}

/** All of a backend but its servers. */
export function backendKeys({
  name: _,
  servers: __,
  policy,
  key,
  check,
  agent,
  retries,
  connectTimeoutMs,
  serverIdleMs,
  tcp,
  source,
  udpIdleMs,
  roles,
  endings,
  waiting,
  rebalance,
  ...rest
}: Backend): WrittenTable {
  nothingLeft(rest)
  return {
    policy,
    key,
    check: check && checkKeys(check),
    agent: agent && agentKeys(agent),
    connect_timeout: formatDuration(connectTimeoutMs),
    retries,
    server_idle: durationOrOff(serverIdleMs),
    ...roleKeys(roles),
    ...endingKeys(endings),
    ...waitingKeys(waiting),
    rebalance: rebalance && rebalanceKeys(rebalance),
    // its port is not taken from the file
    tcp: { ...tcpKeys(tcp), source: source && formatAddress(source).replace(/:0$/, '') },
    udp: { idle: formatDuration(udpIdleMs) },
  }
}

export function serverKeys({ name: _, address, weight, maxSessions, ...rest }: Server): WrittenTable {
  nothingLeft(rest)
  return { address: formatAddress(address), weight, max_sessions: maxSessions }
}

function roleKeys({ maxLag, onAllLagging, weightByLag, onSplitBrain, ...rest }: Backend['roles']): WrittenTable {
  nothingLeft(rest)
  return {
    max_lag: formatMaxLag(maxLag),
    on_all_lagging: onAllLagging,
    weight_by_lag: weightByLag,
    on_split_brain: onSplitBrain,
  }
}

function endingKeys({
  onDown,
  onRoleLost,
  onLag,
  killAfterDrainMs,
  killOverMs,
  ...rest
}: Backend['endings']): WrittenTable {
  nothingLeft(rest)
  return {
    on_down: onDown,
    on_role_lost: onRoleLost,
    on_lag: onLag,
    on_drain: formatOnDrain(killAfterDrainMs),
    kill_over: durationOrOff(killOverMs),
  }
}

function waitingKeys({ noServerMs, most, ...rest }: Backend['waiting']): WrittenTable {
  nothingLeft(rest)
  return { on_no_server: formatOnNoServer(noServerMs), max_waiting: most }
}

function tcpKeys({ keepalive, noDelay, userTimeoutMs, ...rest }: TcpOptions): WrittenTable {
  nothingLeft(rest)
  const times = keepalive && {
    idle: formatDuration(keepalive.idleMs),
    interval: formatDuration(keepalive.intervalMs),
    count: keepalive.count,
  }
  return { keepalive: times, no_delay: noDelay, user_timeout: durationOrOff(userTimeoutMs) }
}

function durationOrOff(ms: number): string {
  return ms === 0 ? 'off' : formatDuration(ms)
}
