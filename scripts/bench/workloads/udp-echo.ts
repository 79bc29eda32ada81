/** Datagrams there and back. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatagramClients, startDatagramServers } from '../load/datagrams.js'
import { cpuNanoseconds } from '../measure/processes.js'
import { WARM_UP_SECONDS, type Workload } from './workload.js'

const udpEcho = (clients: number, bytes: number): Workload => ({
  name: `udp-${clients}x${bytes}`,
  title: `UDP echo, ${clients} clients, ${bytes} bytes`,
  protocol: 'udp',
  figures: [
    { name: 'cpu', unit: 'µs CPU per echo', digits: 1, isCost: true, goal: { nginx: 0.8 } },
    { name: 'rate', unit: 'echoes/s', digits: 0, isCost: false },
    { name: 'lost', unit: 'lost per million', digits: 0, isCost: false },
  ],
  startServers: startDatagramServers,
  async measure(proxy, seconds) {
    const load = await openDatagramClients(proxy.port, clients, bytes)
    const look = () => ({ ...load.seen(), cpu: proxy.pid ? cpuNanoseconds(proxy.pid) : 0 })
    await sleep(WARM_UP_SECONDS * 1000)
    const before = look()
    await sleep(seconds * 1000)
    const after = look()
    load.close()
    const echoes = after.echoes - before.echoes
    const lost = ((after.lost - before.lost) / echoes) * 1e6
    return { rate: echoes / seconds, lost, ...(proxy.pid && { cpu: (after.cpu - before.cpu) / 1e3 / echoes }) }
  },
})

export const udpEchoes = [udpEcho(64, 100), udpEcho(64, 1200), udpEcho(1000, 100), udpEcho(1000, 1200)]
