/**
 * Mixed traffic at full load for a long time: does anything leak, break or mix up a byte? Servers and clients run in
 * processes of their own; this one watches. Exit code 0 when all is well, 1 when not.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Daemon } from '../../tests/support/daemon.js'
import { eventually } from '../../tests/support/eventually.js'
import type { Program } from '../../tests/support/program.js'
import '../exit-on-signal.js'
import { optionsOrUsage } from '../options-or-usage.js'
import { Journal } from './journal.js'
import { failures, memory, type Sample, type Soak } from './judge.js'
import { type Options, readOptions, USAGE } from './options.js'
import { finish, startLoads, startServers, tallyOf } from './processes.js'
import { startProxy, watch, watchAtRest } from './proxy.js'
import { header, tableRow } from './report.js'
import { newTally } from './tally.js'

const SAMPLE_EVERY_MS = 1_000
const ROW_EVERY_SECONDS = 30
const FIRST_KILL_SECONDS = 4
const KILL_EVERY_SECONDS = 15
/** Flows are idle for two seconds before they end. */
const QUIET_WITHIN_MS = 20_000

async function soak(options: Options): Promise<Soak> {
  const journal = new Journal()
  const servers = await startServers()
  const daemon = await startProxy(servers.ports, journal)
  const [tcpPort, udpPort] = [await daemon.port('mixed'), await daemon.port('flows')]
  const before = await watchAtRest(daemon)
  const loads = startLoads(tcpPort, udpPort)
  const programs = [servers.program, ...loads]
  const { samples, killed } = await sampleFor(options, daemon, programs)
  await finish(loads)
  await eventually('every worker runs', () => watch(daemon).workers.length === before.workers.length)
  await eventually('quiet', async () => (await daemon.status()).sessions.live === 0, QUIET_WITHIN_MS).catch(() => {})
  const status = await daemon.status()
  const after = await watchAtRest(daemon)
  await finish([servers.program])
  await daemon.stop()
  return { tally: tallyOf(programs), samples, before, after, status, journal, killed }
}

async function sampleFor(options: Options, daemon: Daemon, programs: readonly Program[]) {
  const samples: Sample[] = []
  const began = performance.now()
  let row = { at: 0, tally: newTally() }
  let killed = 0
  console.log(header())
  for (let at = 0; at < options.seconds; ) {
    await sleep(SAMPLE_EVERY_MS)
    at = (performance.now() - began) / 1_000
    const watched = watch(daemon)
    samples.push({ at, watched })
    if (at >= row.at + ROW_EVERY_SECONDS || at >= options.seconds) {
      const { at: formerAt, tally: former } = row
      row = { at, tally: tallyOf(programs) }
      const { live } = (await daemon.status()).sessions
      console.log(tableRow({ ...row, seconds: at - formerAt, former, live, watched }))
    }
    const nextKillAt = FIRST_KILL_SECONDS + killed * KILL_EVERY_SECONDS
    if (options.kills && at >= nextKillAt) killed += killOne(watched.workers, killed)
  }
  return { samples, killed }
}

/** The workers in turn. @returns how many were killed */
function killOne(workers: readonly { readonly pid: number }[], turn: number): number {
  const victim = workers[turn % workers.length]
  if (victim === undefined) return 0
  process.kill(victim.pid, 'SIGKILL')
  return 1
}

function verdict(result: Soak): boolean {
  const { tally, journal, killed, before, after } = result
  const found = failures(result)
  const ends = [...journal.sessions].map(([reason, count]) => `${reason} ${count}`).join(', ')
  console.log(`\n${tally.sessions} connections and flows, ${tally.requests} requests, ${tally.datagrams} datagrams`)
  console.log(`${(tally.bytes / 1e9).toFixed(1)} GB checked, ${tally.mismatches} mismatches; ${killed} workers killed`)
  console.log(`sessions by end: ${ends}; lines dropped: ${journal.droppedLines}`)
  console.log(`descriptors before ${descriptorsOf(before)}, after ${descriptorsOf(after)}`)
  const findings = memory(result).map(({ text }) => `memory of ${text}`)
  console.log(findings.length > 0 ? findings.join('\n') : 'memory: not judged in so short a run')
  for (const failure of found) console.log(`FAILED: ${failure}`)
  console.log(found.length === 0 ? 'soak: all as it should be' : 'soak: FAILED')
  return found.length === 0
}

function descriptorsOf({ control, workers }: Soak['before']): string {
  return [control, ...workers]
    .map(({ descriptors: { sockets, pipes, others } }) => `${sockets}+${pipes}+${others}`)
    .join(' / ')
}

process.exit(verdict(await soak(optionsOrUsage(readOptions, USAGE))) ? 0 : 1)
