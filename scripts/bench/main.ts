/**
 * headgate beside HAProxy, nginx and a direct connection: what each costs, in one run, interleaved. Every measurement
 * starts its proxy anew, so that none profits from what an earlier workload left behind.
 */
import { existsSync } from 'node:fs'
import { program } from '../../tests/support/installed-programs.js'
import '../exit-on-signal.js'
import { optionsOrUsage } from '../options-or-usage.js'
import { startHttpServers, wrk } from './load/wrk.js'
import { moveToLoadCore } from './measure/cores.js'
import { describeMachine } from './measure/machine.js'
import { type Options, readOptions, USAGE } from './options.js'
import { untilAnswering } from './proxies/answering.js'
import type { Contender, RunningProxy } from './proxies/contender.js'
import { direct } from './proxies/direct.js'
import { haproxy } from './proxies/haproxy.js'
import { headgate } from './proxies/headgate.js'
import { nginx } from './proxies/nginx.js'
import { report } from './report.js'
import type { Results, WorkloadResults } from './results.js'
import { workloads } from './workloads/list.js'
import type { Measured, Servers, Workload } from './workloads/workload.js'
import { writeResults } from './write.js'

/** Starts servers and a proxy before them, and stops them whatever `use` does. */
async function withProxy<T>(
  { protocol, startServers }: Pick<Workload, 'protocol' | 'startServers'>,
  contender: Contender,
  use: (running: RunningProxy) => Promise<T>,
): Promise<T> {
  const servers: Servers = await startServers()
  const running = await contender.start({ protocol, ports: servers.ports })
  try {
    await untilAnswering(protocol, running.port)
    return await use(running)
  } catch (cause) {
    throw new Error(`${contender.name} failed; its log ends with:\n${running.log().slice(-2000)}`, { cause })
  } finally {
    await running.stop()
    await servers.stop()
  }
}

/** Requests per second: half of what HAProxy does with all the load that this machine can make. */
async function halfOfMaximum(reference: Contender): Promise<number> {
  const seconds = 2
  const load = ({ port }: RunningProxy) => wrk(port, seconds, { connections: 64, closing: false })
  const requests = await withProxy({ protocol: 'tcp', startServers: startHttpServers }, reference, load)
  return Math.round(requests / seconds / 2 / 100) * 100
}

function chooseWorkloads(all: readonly Workload[], { only }: Options): readonly Workload[] {
  const names = all.map(({ name }) => name)
  const unknown = only.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    console.error(`no workload ${unknown.join(', ')}; there are ${names.join(', ')}`)
    process.exit(2)
  }
  return only.length === 0 ? all : all.filter(({ name }) => only.includes(name))
}

/** Each contender's turn comes at another place in each round. */
function rotated<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

async function run(options: Options): Promise<void> {
  const reference = haproxy(options.haproxy ?? program('haproxy'))
  const contenders = [...options.engines.map(headgate), reference, nginx(), direct]
  const chosen = chooseWorkloads(workloads(await halfOfMaximum(reference)), options)
  const results = chosen.map((workload) => ({ workload, measured: new Map<string, Measured[]>() }))
  for (let round = 0; round < options.rounds; round++) {
    for (const { workload, measured } of results) {
      const able = contenders.filter(({ protocols }) => protocols.includes(workload.protocol))
      for (const contender of rotated(able, round)) {
        const numbers = await withProxy(workload, contender, (running) => workload.measure(running, options.seconds))
        measured.set(contender.name, [...(measured.get(contender.name) ?? []), numbers])
        console.error(progress(round, workload, contender, numbers))
      }
    }
  }
  const plain = results.map(({ workload, measured }) => ({ workload, measured: Object.fromEntries(measured) }))
  finish(options, contenders, plain)
}

function progress(round: number, workload: Workload, contender: Contender, numbers: Measured): string {
  const figures = workload.figures.filter(({ name }) => name in numbers)
  const words = figures.map(({ name, unit, digits }) => `${numbers[name]?.toFixed(digits)} ${unit}`)
  return `round ${round + 1}  ${workload.name.padEnd(14)} ${contender.name.padEnd(20)} ${words.join(', ')}`
}

function finish(options: Options, contenders: readonly Contender[], measured: readonly WorkloadResults[]): void {
  const results: Results = {
    at: new Date().toISOString(),
    machine: describeMachine(),
    rounds: options.rounds,
    seconds: options.seconds,
    proxies: contenders.map(({ name, version }) => ({ name, version })),
    workloads: measured.map(({ workload: { name, title, figures }, measured }) => ({
      workload: { name, title, figures },
      measured,
    })),
  }
  console.log(`\n${report(results)}\n`)
  console.log(`written: ${writeResults(results, options.only.length === 0).join(', ')}`)
}

const options = optionsOrUsage(readOptions, USAGE)
if (options.engines.length > 0 && !existsSync('dist/main.js')) {
  console.error('dist/main.js is missing: run npm run build first')
  process.exit(1)
}
moveToLoadCore()
await run(options)
