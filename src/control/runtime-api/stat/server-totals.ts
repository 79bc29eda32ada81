/** What a server's counters come to, and those of a backend's servers together. */
import type { ServerCounter } from '../../../core/scoreboard/counters.js'
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
  const total = (counter: ServerCounter) => tally.ofServer(slot, counter)
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

export function addUp(all: readonly ServerTotals[]): ServerTotals {
  const sum = (field: keyof ServerTotals) => all.reduce((sum, totals) => sum + totals[field], 0)
  return {
    picks: sum('picks'),
    sessions: sum('sessions'),
    bytesIn: sum('bytesIn'),
    bytesOut: sum('bytesOut'),
    connectFailures: sum('connectFailures'),
    redispatches: sum('redispatches'),
    clientAborts: sum('clientAborts'),
    serverAborts: sum('serverAborts'),
    live: sum('live'),
    connectMs: sum('connectMs'),
    sessionMs: sum('sessionMs'),
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
