/** Sessions that exist and do nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startEchoServer } from '../load/echo-server.js'
import { openIdleSessions } from '../load/idle-sessions.js'
import { cpuNanoseconds, residentKilobytes } from '../measure/processes.js'
import type { Workload } from './workload.js'

const SESSIONS = 5000
/** For what is freed a little later than it could be. */
const SETTLE_MS = 2000

export const idleSessions: Workload = {
  name: 'idle-sessions',
  title: `${SESSIONS} idle sessions`,
  protocol: 'tcp',
  figures: [
    { name: 'memory', unit: 'kB per session', digits: 2, isCost: true, goal: { haproxy: 1 } },
    { name: 'cpu', unit: 'ms CPU per second of idling', digits: 2, isCost: true },
  ],
  startServers: startEchoServer,
  async measure(proxy, seconds) {
    if (!proxy.pid) return {}
    const before = residentKilobytes(proxy.pid)
    const sessions = await openIdleSessions(proxy.port, SESSIONS)
    await sleep(SETTLE_MS)
    const memory = (residentKilobytes(proxy.pid) - before) / SESSIONS
    const cpuBefore = cpuNanoseconds(proxy.pid)
    await sleep(seconds * 1000)
    const cpu = (cpuNanoseconds(proxy.pid) - cpuBefore) / 1e6 / seconds
    await sessions.close()
    return { memory, cpu }
  },
}
