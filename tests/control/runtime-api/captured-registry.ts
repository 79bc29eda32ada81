/** A registry like the HAProxy whose replies were captured in golden/: same names, numbers, weights, checks and ages. */

import { withProbe } from '../../../src/control/health/probe-runs.js'
import { Backend } from '../../../src/control/registry/backend.js'
import { Frontend, storeRoutes } from '../../../src/control/registry/frontend.js'
import { Registry } from '../../../src/control/registry/registry.js'
import { type CheckState, Server } from '../../../src/control/registry/server.js'
import { startHysteresis } from '../../../src/core/hysteresis.js'
import { findPolicy } from '../../../src/core/policy/list.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'
import { HEALTH_CODE } from '../../../src/core/server-state.js'
import { KEEP_SESSIONS, NO_ROLES } from '../small-registry.js'

export const NOW = 1_795_251_418_000
const CAPACITY = { servers: 16, backends: 4, frontends: 1, workers: 2 }
const TCP = { noDelay: true, keepalive: false, userTimeoutMs: 0 } as const

interface ServerPlan {
  readonly name: string
  readonly port: number
  readonly weight: number
  readonly max?: number
  /** Seconds since its last change. */
  readonly age: number
  readonly check?: CheckState
}

export function capturedRegistry(clock: () => number = () => NOW): Registry {
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(CAPACITY)), CAPACITY)
  let slot = 0
  const addServer = (backend: string, plan: ServerPlan, sid: number) => {
    const { name, port, weight, max = 0, age, check } = plan
    const address = { family: 4, host: '127.0.0.1', port } as const
    const settings = { slot, sid, name, backend, address, weight, maxSessions: max }
    for (const field of ['weight', 'effectiveWeight'] as const) board.setServer(slot, field, weight)
    board.setServer(slot, 'maxSessions', max)
    if (check?.hysteresis.health === 0) board.setServer(slot, 'health', HEALTH_CODE.down)
    slot++
    const server = new Server(board, settings, NOW - age * 1_000)
    server.check = check
    if (check?.hysteresis.health === 0) server.lastHealthChange = { why: 'Connection refused', at: server.changedAt }
    if (check && check.downs > 0 && check.hysteresis.health > 0) server.downMs = 1_000
    return server
  }
  const addBackend = (id: number, name: string, policyName: string, age: number, plans: readonly ServerPlan[]) => {
    const policy = findPolicy(policyName)
    if (!policy) throw new Error(`no policy ${policyName}`)
    const servers = plans.map((plan, i) => addServer(name, plan, i + 1))
    const timeouts = {
      connectTimeoutMs: 1_000,
      retries: 1,
      serverIdleMs: 0,
      waiting: { noServerMs: 0, most: 1000 },
      udpIdleMs: 60_000,
    }
    const settings = {
      id,
      iid: id + 3,
      name,
      policy,
      key: 'address',
      ...timeouts,
      tcp: TCP,
      source: undefined,
      check: false,
      roles: NO_ROLES,
      endings: KEEP_SESSIONS,
    } as const
    return new Backend(board, settings, servers, NOW - age * 1_000)
  }
  const pg = addBackend(0, 'be_pg', 'round-robin', 26, [
    { name: 'pg1', port: 26111, weight: 100, max: 50, age: 26, check: passing(2, 2, 1) },
    { name: 'pg2', port: 26112, weight: 50, max: 50, age: 25, check: passing(2, 2, 1) },
    { name: 'pg3', port: 26113, weight: 1, max: 50, age: 25, check: passing(2, 2, 1) },
    { name: 'pg4', port: 26114, weight: 1, max: 50, age: 26, check: refused() },
  ])
  pg.downs = 1
  const backends = [
    pg,
    addBackend(1, 'be_nochk', 'least-conn', 27, [
      { name: 'n1', port: 26111, weight: 1, age: 27 },
      { name: 'n2', port: 26112, weight: 10, age: 27 },
    ]),
    addBackend(2, 'be_src', 'source', 27, [
      { name: 's1', port: 26111, weight: 1, age: 27, check: passing(2, 3, 0) },
      { name: 's2', port: 26112, weight: 1, age: 25 },
    ]),
    addBackend(3, 'be_static', 'first', 27, [
      { name: 'st1', port: 26111, weight: 5, age: 27 },
      { name: 'st2', port: 26112, weight: 5, age: 27 },
    ]),
  ]
  return new Registry(board, [frontend(board, pg)], backends, clock)
}

function frontend(board: Scoreboard, backend: Backend): Frontend {
  board.setFrontendMaxSessions(0, 500)
  const listen = [{ family: 4, host: '127.0.0.1', port: 26100 }] as const
  const quiet = { clientIdleMs: 0, logEmpty: false, speaks: 'tcp' as const, backlog: 128, deferAccept: false }
  const settings = {
    id: 0,
    iid: 2,
    name: 'fe_pg',
    protocol: 'tcp',
    listen,
    maxSessions: 500,
    ...quiet,
    tcp: TCP,
    role: 'any',
  } as const
  const routes = [{ backend, configured: 100 }]
  storeRoutes(board, 0, routes)
  const front = new Frontend(board, settings, routes)
  front.bound = listen
  return front
}

function passing(rise: number, fall: number, downs: number): CheckState {
  const hysteresis = { ...startHysteresis(rise, fall), health: rise + fall - 1 }
  const last = {
    passed: true,
    code: 'L4OK',
    reason: 'passed',
    words: 'connected in 0 ms',
    durationMs: 0,
    at: NOW,
  } as const
  return { hysteresis, last, runs: withProbe([], last), failures: downs, downs, failuresByReason: new Map() }
}

function refused(): CheckState {
  const last = {
    passed: false,
    code: 'L4CON',
    reason: 'refused',
    words: 'Connection refused',
    durationMs: 0,
    at: NOW,
  } as const
  return {
    hysteresis: { ...startHysteresis(2, 2), health: 0 },
    last,
    runs: withProbe([], last),
    failures: 1,
    downs: 1,
    failuresByReason: new Map(),
  }
}
