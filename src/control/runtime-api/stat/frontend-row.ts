/** A FRONTEND row of `show stat`. */
import type { FrontendCounter } from '../../../core/scoreboard/counters.js'
import type { Frontend } from '../../registry/frontend.js'
import type { Call } from '../command.js'
import { FRONTEND_BLANK, type Row } from './columns.js'

export function frontendRow(frontend: Frontend, { registry, rates, process }: Call): Row {
  const { settings, board, id, live, maxSessions } = frontend
  const total = (counter: FrontendCounter) => registry.tally.ofFrontend(id, counter)
  const sessions = rates.sessionsOf(frontend)
  const accepted = rates.acceptedOf(frontend)
  const values = {
    pxname: frontend.name,
    svname: 'FRONTEND',
    scur: live,
    smax: board.peakOfFrontend(id),
    slim: maxSessions || board.maxSessions || '',
    stot: total('accepted'),
    bin: total('bytesIn'),
    bout: total('bytesOut'),
    dreq: total('refusedFrontendLimit') + total('refusedGlobalLimit'),
    ereq: total('clientGone'),
    status: statusOf(frontend, process.isStopping()),
    pid: 1,
    iid: settings.iid,
    sid: 0,
    type: 0,
    rate: Math.round(sessions.perSecond),
    rate_max: Math.round(sessions.peak),
    mode: settings.protocol,
    conn_rate: Math.round(accepted.perSecond),
    conn_rate_max: Math.round(accepted.peak),
    conn_tot: total('accepted'),
  }
  return { blank: FRONTEND_BLANK, parts: [values] }
}

/** In HAProxy's words. */
function statusOf({ live, maxSessions, isEnabled }: Frontend, isStopping: boolean): string {
  if (isStopping || !isEnabled) return 'STOP'
  return maxSessions > 0 && live >= maxSessions ? 'FULL' : 'OPEN'
}
