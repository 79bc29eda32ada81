/** Run with a low limit of open files: takes all of them, probes, and prints what the probes found. */
import { closeSync, openSync } from 'node:fs'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { CheckSettings } from '../../../src/control/health/settings.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 2_000, rise: 2, fall: 3 }
const CHECKS: readonly CheckSettings[] = [
  { type: 'tcp', ...SCHEDULE },
  { type: 'udp', ...SCHEDULE, send: Buffer.from('x') },
  { type: 'redis', ...SCHEDULE, primaryAfterMs: 0 },
  { type: 'tls', ...SCHEDULE, tls: { verify: 'none' } },
]

const probeAll = (source?: { family: 4; host: string; port: number }) =>
  Promise.all(
    CHECKS.map((check) => startProbe({ family: 4, host: '127.0.0.1', port: 9 }, source, check, Date.now).report),
  )

await probeAll() // everything is loaded now
const taken = takeAll()
const reports = [...(await probeAll()), ...(await probeAll({ family: 4, host: '127.0.0.1', port: 0 }))]
for (const descriptor of taken) closeSync(descriptor)
console.log(JSON.stringify(reports))

function takeAll(): number[] {
  const descriptors: number[] = []
  try {
    for (;;) descriptors.push(openSync('/dev/null', 'r'))
  } catch {
    return descriptors
  }
}
