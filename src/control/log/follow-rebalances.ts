/** Rebalances that close anything become two lines. */
import type { Rebalancing } from '../rebalance/rebalancing.js'
import type { Log } from './log.js'

export function logRebalances(log: Log, rebalancing: Rebalancing): void {
  rebalancing.on('begun', (run) => log.rebalancing(run))
  rebalancing.on('ended', (run) => log.rebalanced(run))
}
