/** A typed config becomes a registry, its values stored on a fresh scoreboard. */
import type * as config from '../../config/config.js'
import { findPolicy } from '../../core/policy/list.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import { ADMIN_CODE, HEALTH_CODE } from '../../core/server-state.js'
import { Backend } from './backend.js'
import { Frontend } from './frontend.js'
import { Registry } from './registry.js'
import { Server } from './server.js'

/** HAProxy numbers proxies from 1, and its stats frontend takes the first number; ours begin at 2 likewise. */
const FIRST_IID = 2

/** @param now Unix time in ms */
export function buildRegistry(
  { runtime, frontends, backends }: config.Config,
  board: Scoreboard,
  now: number,
): Registry {
  board.maxSessions = runtime.maxSessions
  const slots = slotNumbers()
  const built = new Map(
    backends.map((backend, id) => [backend.name, buildBackend(backend, id, frontends.length, slots, board, now)]),
  )
  const listening = frontends.map((frontend, id) => {
    const backend = built.get(frontend.backend)
    if (!backend) throw new Error(`frontend ${frontend.name}: the config check let an unknown backend through`)
    board.setFrontendMaxSessions(id, frontend.maxSessions)
    return new Frontend(board, { ...frontend, id, iid: FIRST_IID + id }, backend)
  })
  return new Registry(board, listening, [...built.values()])
}

type NextSlot = () => number
function slotNumbers(): NextSlot {
  let next = 0
  return () => next++
}

function buildBackend(
  settings: config.Backend,
  id: number,
  frontends: number,
  nextSlot: NextSlot,
  board: Scoreboard,
  now: number,
): Backend {
  const policy = findPolicy(settings.policy)
  if (!policy) throw new Error(`backend ${settings.name}: the config check let policy ${settings.policy} through`)
  const servers = settings.servers.map((server, i) => {
    const slot = nextSlot()
    storeServer(board, slot, server)
    return new Server(board, { ...server, slot, sid: i + 1, backend: settings.name }, now)
  })
  return new Backend(board, { ...settings, id, iid: FIRST_IID + frontends + id, policy }, servers, now)
}

function storeServer(
  board: Scoreboard,
  slot: number,
  { weight, maxSessions, address }: config.Backend['servers'][number],
): void {
  board.setServer(slot, 'admin', ADMIN_CODE.ready)
  // a name that has not resolved yet cannot take sessions; the resolver says when it can
  board.setServer(slot, 'health', address.family === 'name' ? HEALTH_CODE.down : HEALTH_CODE.up)
  board.setServer(slot, 'weight', weight)
  board.setServer(slot, 'effectiveWeight', weight)
  board.setServer(slot, 'maxSessions', maxSessions)
}
