/** A connection for each request. */
import { startHttpServers, wrk } from '../load/wrk.js'
import { cpuPerUnit, type Workload } from './workload.js'

export const connectClose: Workload = {
  name: 'connect-close',
  title: 'connect, request, close; 64 at a time',
  protocol: 'tcp',
  figures: [
    { name: 'cpu', unit: 'µs CPU per connection', digits: 1, isCost: true, goal: { haproxy: 1, nginx: 1 } },
    { name: 'rate', unit: 'connections/s', digits: 0, isCost: false },
  ],
  startServers: startHttpServers,
  async measure(proxy, seconds) {
    const load = (time: number) => wrk(proxy.port, time, { connections: 64, closing: true })
    const { units, cpuNs } = await cpuPerUnit(proxy, seconds, load)
    return { rate: units / seconds, ...(cpuNs !== undefined && { cpu: cpuNs / 1e3 }) }
  },
}
