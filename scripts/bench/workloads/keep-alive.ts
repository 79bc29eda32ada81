/** Requests and answers on lasting connections. */
import { startHttpServers, wrk } from '../load/wrk.js'
import { cpuPerUnit, type Goal, type Workload } from './workload.js'

const goal: Goal = { haproxy: 0.95, nginx: 0.9 }

const keepAlive = (connections: number): Workload => ({
  name: `keep-alive-${connections}`,
  title: `request on a lasting connection, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
  protocol: 'tcp',
  figures: [
    { name: 'cpu', unit: 'µs CPU per request', digits: 1, isCost: true, goal },
    { name: 'rate', unit: 'requests/s', digits: 0, isCost: false },
  ],
  startServers: startHttpServers,
  async measure(proxy, seconds) {
    const load = (time: number) => wrk(proxy.port, time, { connections, closing: false })
    const { units, cpuNs } = await cpuPerUnit(proxy, seconds, load)
    return { rate: units / seconds, ...(cpuNs !== undefined && { cpu: cpuNs / 1e3 }) }
  },
})

export const keepAlive1 = keepAlive(1)
export const keepAlive64 = keepAlive(64)
