/** A server's row of `show stat`. */
import { formatAddress } from '../../../core/address.js'
import type { Backend } from '../../registry/backend.js'
import type { CheckState, ProbeReport, Server } from '../../registry/server.js'
import type { Tally } from '../../registry/tally.js'
import type { Call } from '../command.js'
import { secondsSince } from '../seconds.js'
import { describeCode } from './check-words.js'
import { type Row, SERVER_BLANK, type Values } from './columns.js'
import { protocolOf } from './protocol.js'
import { totalColumns, totalsOf } from './server-totals.js'

export function serverRow(server: Server, backend: Backend, { registry, rates, now }: Call): Row {
  const { board, slot, settings } = server
  const rate = rates.sessionsOf(server)
  const totals = totalsOf(server, registry.tally)
  const values = {
    pxname: backend.name,
    svname: server.name,
    smax: board.peakOfServer(slot),
    slim: board.server(slot, 'maxSessions') || '',
    stot: totals.sessions,
    status: server.status,
    weight: board.server(slot, 'effectiveWeight'),
    uweight: server.weight,
    act: 1,
    bck: 0,
    lastchg: secondsSince(server.changedAt, now),
    pid: 1,
    iid: backend.settings.iid,
    sid: settings.sid,
    type: 2,
    rate: Math.round(rate.perSecond),
    rate_max: Math.round(rate.peak),
    lastsess: rate.grewAt === undefined ? -1 : secondsSince(rate.grewAt, now),
    addr: server.resolved ? formatAddress(server.resolved) : '',
    mode: protocolOf(backend, registry),
  }
  return {
    blank: SERVER_BLANK,
    parts: [values, totalColumns(totals), checkColumns(server, registry.tally, now), agentColumns(server)],
  }
}

/** Empty without a check, and mostly empty in maint, when nothing probes. */
function checkColumns(server: Server, tally: Tally, now: number): Values {
  const { check } = server
  if (!check) return {}
  const downtime = Math.floor(tally.downtimeOf(server, now) / 1_000)
  const counts = { chkfail: tally.failuresOf(check), chkdown: tally.downsOf(check), downtime }
  return server.admin === 'maint' ? counts : { ...counts, ...probeColumns(check) }
}

/** Empty without an agent, and while it is not asked. HAProxy gives every agent a rise and a fall of 1. */
function agentColumns({ agent, isAgentOn }: Server): Values {
  if (!agent || !isAgentOn) return {}
  const { last, health } = agent
  return {
    last_agt: last?.words ?? '',
    ...agentVerdict(last),
    agent_duration: last ? Math.round(last.durationMs) : '',
    agent_rise: 1,
    agent_fall: 1,
    agent_health: health === 'up' ? 1 : 0,
  }
}

/** HAProxy has a word for an agent that answered, and said nothing of the health. */
function agentVerdict(last: ProbeReport | undefined): Values {
  if (last?.advice && !last.advice.health) return { agent_status: 'CHECKED', agent_desc: 'No status change' }
  const code = last?.code ?? 'INI'
  return { agent_status: code, agent_code: last?.advice ? 0 : '', agent_desc: describeCode(code) }
}

function probeColumns({ hysteresis, last }: CheckState): Values {
  return {
    check_status: last?.code ?? 'INI',
    check_duration: last ? Math.round(last.durationMs) : '',
    last_chk: last && !last.passed ? last.words : '',
    check_desc: describeCode(last?.code ?? 'INI'),
    check_rise: hysteresis.rise,
    check_fall: hysteresis.fall,
    check_health: hysteresis.health,
  }
}
