/** A BACKEND row of `show stat`: its servers together, and what never reached one of them. */
import type { Backend } from '../../registry/backend.js'
import type { Call } from '../command.js'
import { secondsSince } from '../seconds.js'
import { BACKEND_BLANK, type Row } from './columns.js'
import { protocolOf } from './protocol.js'
import { type ServerTotals, totalColumns, totalsOfServersOf } from './server-totals.js'

export function backendRow(backend: Backend, { registry, rates, now }: Call): Row {
  const { serving, settings } = backend
  const totals = totalsOfServersOf(backend, registry.tally)
  const columns = totalColumns(totals)
  const rate = rates.sessionsOf(backend)
  const { entered, refused } = cameIn(backend, totals, registry)
  const values = {
    pxname: backend.name,
    svname: 'BACKEND',
    qcur: backend.waiting,
    qmax: backend.board.peakWaitingFor(backend.id),
    qtime: meanWait(backend, totals, registry),
    smax: rates.peakOf(backend),
    stot: entered,
    status: backend.isUp ? 'UP' : 'DOWN',
    weight: serving.reduce((sum, { board, slot }) => sum + board.server(slot, 'effectiveWeight'), 0),
    uweight: serving.reduce((sum, { weight }) => sum + weight, 0),
    act: serving.length,
    bck: 0,
    chkdown: registry.tally.downsOf(backend),
    lastchg: secondsSince(backend.changedAt, now),
    downtime: Math.floor(registry.tally.downtimeOf(backend, now) / 1_000),
    pid: 1,
    iid: settings.iid,
    sid: 0,
    type: 1,
    rate: Math.round(rate.perSecond),
    rate_max: Math.round(rate.peak),
    lastsess: rate.grewAt === undefined ? -1 : secondsSince(rate.grewAt, now),
    mode: protocolOf(backend, registry),
    algo: settings.policy.algo,
  }
  return { blank: BACKEND_BLANK, parts: [{ ...columns, econ: columns.econ + refused }, values] }
}

/** Milliseconds over all sessions, also of those that did not have to wait. */
function meanWait({ id }: Backend, { sessions }: ServerTotals, { tally }: Call['registry']): number {
  return sessions === 0 ? 0 : Math.round(tally.ofBackend(id, 'waitMs') / sessions)
}

/**
 * What the frontends handed over: all that their limits let in, whether or not a server was found. A frontend that splits
 * refuses a session only when none of its backends has a server, so there it is those that got one.
 */
function cameIn(backend: Backend, { picks, redispatches }: ServerTotals, { frontends, tally }: Call['registry']) {
  let entered = 0
  let refused = 0
  const feeding = frontends.filter((frontend) => frontend.backends.includes(backend))
  if (feeding.some(({ routes }) => routes.length > 1)) return { entered: picks - redispatches, refused }
  for (const { id } of feeding) {
    const limited = tally.ofFrontend(id, 'refusedFrontendLimit') + tally.ofFrontend(id, 'refusedGlobalLimit')
    entered += tally.ofFrontend(id, 'accepted') - limited
    refused += tally.ofFrontend(id, 'refusedNoServer')
    refused += tally.ofFrontend(id, 'refusedQueueFull') + tally.ofFrontend(id, 'refusedWaitTimeout')
  }
  return { entered, refused }
}
