/** A BACKEND row of `show stat`: its servers together, and what never reached one of them. */
import type { Backend } from '../../registry/backend.js'
import type { Call } from '../command.js'
import { secondsSince } from '../seconds.js'
import { BACKEND_BLANK, type Row } from './columns.js'
import { protocolOf } from './protocol.js'
import { addUp, totalColumns, totalsOf } from './server-totals.js'

export function backendRow(backend: Backend, { registry, rates, now }: Call): Row {
  const { serving, settings } = backend
  const totals = addUp(backend.servers.map(totalsOf))
  const columns = totalColumns(totals)
  const rate = rates.sessionsOf(backend)
  const { entered, refused } = cameIn(backend, registry)
  const isUp = serving.length > 0
  const downMs = backend.downMs + (isUp ? 0 : now - backend.changedAt)
  const values = {
    pxname: backend.name,
    svname: 'BACKEND',
    smax: rates.peakOf(backend),
    stot: entered,
    status: isUp ? 'UP' : 'DOWN',
    weight: serving.reduce((sum, { board, slot }) => sum + board.server(slot, 'effectiveWeight'), 0),
    uweight: serving.reduce((sum, { weight }) => sum + weight, 0),
    act: serving.length,
    bck: 0,
    chkdown: backend.downs,
    lastchg: secondsSince(backend.changedAt, now),
    downtime: Math.floor(downMs / 1_000),
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

/** What the frontends handed over: all that their limits let in, whether or not a server was found. */
function cameIn(backend: Backend, { frontends, board }: Call['registry']) {
  let entered = 0
  let refused = 0
  for (const { id } of frontends.filter((frontend) => frontend.backend === backend)) {
    const limited = board.totalOfFrontend(id, 'refusedFrontendLimit') + board.totalOfFrontend(id, 'refusedGlobalLimit')
    entered += board.totalOfFrontend(id, 'accepted') - limited
    refused += board.totalOfFrontend(id, 'refusedNoServer')
  }
  return { entered, refused }
}
