/** Reading transactions of pgbench over real PostgreSQL, on lasting connections. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { program } from '../../../tests/support/installed-programs.js'
import { startPostgres } from '../../../tests/support/postgres.js'
import { cpuPerUnit, type Workload } from './workload.js'

const run = promisify(execFile)
const CLIENTS = '16'

/** @returns transactions */
async function transactions(port: number, seconds: number): Promise<number> {
  const to = ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres']
  const { stdout } = await run(program('pgbench'), ['-S', '-n', '-c', CLIENTS, '-T', `${seconds}`, ...to, 'postgres'])
  return Number(/transactions actually processed: (\d+)/.exec(stdout)?.[1])
}

export const pgbench: Workload = {
  name: 'pgbench',
  title: `pgbench -S, ${CLIENTS} clients`,
  protocol: 'tcp',
  figures: [
    { name: 'cpu', unit: 'µs CPU per transaction', digits: 1, isCost: true, goal: { haproxy: 1 } },
    { name: 'rate', unit: 'transactions/s', digits: 0, isCost: false },
  ],
  async startServers() {
    const postgres = await startPostgres(3)
    return { ports: postgres.servers.map((server) => server.port), stop: postgres.stop }
  },
  async measure(proxy, seconds) {
    const { units, cpuNs } = await cpuPerUnit(proxy, seconds, (time) => transactions(proxy.port, time))
    return { rate: units / seconds, ...(cpuNs !== undefined && { cpu: cpuNs / 1e3 }) }
  },
}
