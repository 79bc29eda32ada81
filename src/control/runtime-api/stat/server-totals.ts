/** What a server's counters come to, and those of a backend's servers together. */
import type { ServerCounter } from '../../../core/scoreboard/counters.js'
import type { Backend } from '../../registry/backend.js'
import type { Server } from '../../registry/server.js'
import type { Tally } from '../../registry/tally.js'

export interface ServerTotals {
  readonly picks: number
  readonly sessions: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly connectFailures: number
  readonly redispatches: number
  readonly clientAborts: number
  readonly serverAborts: number
  readonly live: number
  /** Milliseconds, summed over sessions that connected. */
  readonly connectMs: number
  /** Milliseconds, summed over sessions that ended. */
  readonly sessionMs: number
}

export function totalsOf({ slot, live }: Server, tally: Tally): ServerTotals {
  return totalsBy((counter) => tally.ofServer(slot, counter), live)
}

/** Also of servers that it has no more, but for what is alive. */
export function totalsOfServersOf(backend: Backend, tally: Tally): ServerTotals {
  const live = backend.servers.reduce((sum, server) => sum + server.live, 0)
  return totalsBy((counter) => tally.ofServersOf(backend, counter), live)
}

function totalsBy(total: (counter: ServerCounter) => number, live: number): ServerTotals {
  return {
    picks: total('picks'),
    sessions: total('sessions'),
    bytesIn: total('bytesIn'),
    bytesOut: total('bytesOut'),
    connectFailures:
      total('connectRefused') + total('connectTimeouts') + total('connectUnreachable') + total('connectErrors'),
    redispatches: total('redispatches'),
    clientAborts: total('clientAborts'),
    serverAborts: total('serverAborts') + total('udpRefusals'),
    live,
    connectMs: total('connectMs'),
    sessionMs: total('sessionMs'),
  }
}

/** The columns that a server's and a backend's row share. */
export function totalColumns(totals: ServerTotals) {
  const ended = Math.max(0, totals.sessions - totals.live)
  return {
    scur: totals.live,
    bin: totals.bytesIn,
    bout: totals.bytesOut,
    econ: totals.connectFailures,
    eresp: totals.serverAborts,
    wredis: totals.redispatches,
    lbtot: totals.picks,
    cli_abrt: totals.clientAborts,
    srv_abrt: totals.serverAborts,
    connect: totals.picks,
    ctime: mean(totals.connectMs, totals.sessions),
    ttime: mean(totals.sessionMs, ended),
  }
}

function mean(sum: number, count: number): number {
  return count === 0 ? 0 : Math.round(sum / count)
}
