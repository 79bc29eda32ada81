/** Run in a network namespace of its own with two local ports: takes both, probes, and prints what the probes found. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { CheckSettings } from '../../../src/control/health/settings.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 2_000, rise: 2, fall: 3 }
const CHECKS: readonly CheckSettings[] = [
  { type: 'tcp', ...SCHEDULE },
  { type: 'udp', ...SCHEDULE, send: Buffer.from('x') },
]
const SOURCES = [undefined, '127.0.0.1', '192.0.2.1']

const probeAll = (host: string | undefined) => {
  const source = host === undefined ? undefined : ({ family: 4, host, port: 0 } as const)
  return CHECKS.map((check) => startProbe({ family: 4, host: '127.0.0.1', port: 9 }, source, check, Date.now).report)
}

const takers = [50_000, 50_001].flatMap((port) => [
  createServer().listen(port, '0.0.0.0'),
  createSocket('udp4').bind(port, '0.0.0.0'),
])
await Promise.all(takers.map((taker) => once(taker, 'listening')))
const reports = await Promise.all(SOURCES.flatMap(probeAll))
for (const taker of takers) taker.close()
console.log(JSON.stringify(reports))
