/** The one list of workloads. */
import { bulkDown, bulkUp } from './bulk.js'
import { connectClose } from './connect-close.js'
import { idleSessions } from './idle-sessions.js'
import { keepAlive1, keepAlive64 } from './keep-alive.js'
import { latency } from './latency.js'
import { pgbench } from './pgbench.js'
import { udpEchoes } from './udp-echo.js'
import type { Workload } from './workload.js'

/** @param latencyRate requests per second of the workload that measures latency */
export function workloads(latencyRate: number): readonly Workload[] {
  return [
    keepAlive1,
    keepAlive64,
    connectClose,
    bulkUp,
    bulkDown,
    pgbench,
    idleSessions,
    latency(latencyRate),
    ...udpEchoes,
  ]
}
