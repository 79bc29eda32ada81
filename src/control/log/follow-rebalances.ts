/** Rebalances that close anything become two lines. */
import type { RebalanceRun } from '../rebalance/rebalance-run.js'
import type { Rebalancing } from '../rebalance/rebalancing.js'
import type { Log } from './log.js'
import { count, seconds } from './words.js'

export function logRebalances(log: Log, rebalancing: Rebalancing): void {
  rebalancing.on('begun', (run) => begun(log, run))
  rebalancing.on('ended', (run) => ended(log, run))
}

function begun(log: Log, { backend: { name: backend }, by, standing: { surplus } }: RebalanceRun): void {
  const words = `${count(surplus, 'session')} of ${backend} over the share of their server, and closed when idle, by ${by}`
  log.line('rebalancing', words, { backend, by, sessions: surplus })
}

function ended(log: Log, run: RebalanceRun): void {
  const { by, state, closed, beganAt, endedAt = beganAt } = run
  const backend = run.backend.name
  const { surplus } = run.standing
  const tookMs = endedAt - beganAt
  const left = surplus === 0 ? '' : `, ${surplus} left over`
  const words = `rebalance of ${backend} ${state} after ${seconds(tookMs)}: ${count(closed, 'idle session')} closed${left}`
  log.line('rebalanced', words, { backend, by, why: state, count: closed, sessions: surplus, duration_ms: tookMs })
}
