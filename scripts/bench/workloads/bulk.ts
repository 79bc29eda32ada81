/** Two streams as fast as they go, in one direction. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type BulkServer, type Direction, openStreams, startBulkServer } from '../load/bulk.js'
import { cpuNanoseconds } from '../measure/processes.js'
import type { RunningProxy } from '../proxies/contender.js'
import { WARM_UP_SECONDS, type Workload } from './workload.js'

function bulk(direction: Direction): Workload {
  let server: BulkServer | undefined
  return {
    name: `bulk-${direction}`,
    title: `bulk ${direction === 'up' ? 'to' : 'from'} the server, two streams`,
    protocol: 'tcp',
    figures: [
      { name: 'cpu', unit: 'ms CPU per GB', digits: 0, isCost: true, goal: { haproxy: 0.8 } },
      { name: 'rate', unit: 'MB/s', digits: 0, isCost: false },
    ],
    async startServers() {
      server = await startBulkServer()
      return server
    },
    async measure(proxy, seconds) {
      const streams = openStreams(proxy.port, direction)
      const bytes = () => (direction === 'down' ? streams.received() : (server?.received() ?? 0))
      const look = () => ({ at: performance.now(), bytes: bytes(), cpu: cpu(proxy) })
      await sleep(WARM_UP_SECONDS * 1000)
      const before = look()
      await sleep(seconds * 1000)
      const after = look()
      streams.stop()
      const moved = after.bytes - before.bytes
      const rate = moved / 1e3 / (after.at - before.at)
      return { rate, ...(proxy.pid && { cpu: (after.cpu - before.cpu) / 1e6 / (moved / 1e9) }) }
    },
  }
}

function cpu(proxy: RunningProxy): number {
  return proxy.pid ? cpuNanoseconds(proxy.pid) : 0
}

export const bulkUp = bulk('up')
export const bulkDown = bulk('down')
