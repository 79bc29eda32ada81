/** How long a request takes at half the rate that HAProxy can do on this machine. */
import { openLoop } from '../load/open-loop.js'
import { startHttpServers } from '../load/wrk.js'
import type { Workload } from './workload.js'

/** Longer than elsewhere: eight to ten seconds after its start a Node process tidies up, once, and that would be a tail. */
const WARM_UP_SECONDS = 12

export const latency = (perSecond: number): Workload => ({
  name: 'latency',
  title: `latency at ${perSecond} requests/s, open loop, 64 connections`,
  protocol: 'tcp',
  figures: [
    { name: 'p99', unit: 'µs, p99', digits: 0, isCost: true, goal: { haproxy: 1.1 } },
    { name: 'p50', unit: 'µs, p50', digits: 0, isCost: true },
    { name: 'typical p99', unit: 'µs, median of the p99 of every 50 ms', digits: 0, isCost: true },
    { name: 'p99.9', unit: 'µs, p99.9', digits: 0, isCost: true },
  ],
  startServers: startHttpServers,
  async measure({ port }, seconds) {
    return { ...(await openLoop({ port, perSecond, warmUpSeconds: WARM_UP_SECONDS, seconds })) }
  },
})
