/**
 * Many reloads in a row under HTTP load (wrk, nginx behind) and UDP flows, each of them another config: no request may
 * fail, no flow may be lost, nothing may grow. Exit code 0 when all is well, 1 when not.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Daemon } from '../../tests/support/daemon.js'
import { eventually } from '../../tests/support/eventually.js'
import { freePort } from '../../tests/support/free-port.js'
import { UdpServer } from '../../tests/support/udp-server.js'
import { openDatagramClients } from '../bench/load/datagrams.js'
import { startHttpServers } from '../bench/load/wrk.js'
import '../exit-on-signal.js'
import { optionsOrUsage } from '../options-or-usage.js'
import { Journal } from '../soak/journal.js'
import { watch, watchAtRest } from '../soak/proxy.js'
import { editAt, FIRST, type Places, type Shape, sections } from './edits.js'
import { Flows } from './flows.js'
import { HttpLoad } from './http-load.js'
import { isLongEnoughForMemory, type Reloads, type Sample, verdict } from './judge.js'
import { type Options, readOptions, USAGE } from './options.js'

const FLOWS = 100
const BUSY_FLOWS = 16
const CONNECTIONS = 8
const BETWEEN_MS = 250
/** UDP flows are idle for five seconds before they end. */
const QUIET_WITHIN_MS = 15_000
/** V8 sizes its heap by the work: so long there are further reloads before those that are measured. */
const WARM_UP_MS = 90_000

async function startServers(): Promise<{ places: Places; stop: () => Promise<void> }> {
  const http = await startHttpServers(4)
  const udp = await Promise.all(['s1', 's2', 's3'].map((name) => UdpServer.start(name)))
  const places = { http: http.ports, udp: udp.map(({ port }) => port), extra: await freePort() }
  const stop = async () => {
    await Promise.all([http.stop(), ...udp.map((server) => server.kill())])
  }
  return { places, stop }
}

async function run({ reloads, engine }: Options): Promise<Reloads> {
  const { places, stop } = await startServers()
  const journal = new Journal()
  const runtime = `engine = "${engine}"\nworkers = 2\nmetrics = "127.0.0.1:0"\nstop_timeout = "2s"`
  const daemon = await Daemon.start(sections(places, FIRST), { runtime, keep: journal.keep })
  const [web, game] = [await daemon.port('web'), await daemon.port('game')]
  const before = await watchAtRest(daemon)
  const loads = [HttpLoad.start(web, CONNECTIONS, false), HttpLoad.start(web, CONNECTIONS, true)]
  const busy = await openDatagramClients(game, BUSY_FLOWS, 64)
  const flows = await Flows.open(game, FLOWS)
  const { samples, complaints } = await reloadAll(reloads, daemon, places, flows)
  const http = await Promise.all(loads.map((load) => load.end()))
  const { echoes, lost: datagramsLost } = busy.seen()
  busy.close()
  flows.close()
  daemon.edit(sections(places, FIRST))
  await daemon.ask('reload')
  await eventually('quiet', async () => (await daemon.status()).sessions.live === 0, QUIET_WITHIN_MS).catch(() => {})
  const status = await daemon.status()
  const after = await watchAtRest(daemon)
  const counts = { done: journal.count('reload'), refused: journal.count('reload-refused') }
  await daemon.stop()
  await stop()
  const udp = { flows: FLOWS, servers: flows.servers, unanswered: flows.unanswered, echoes, datagramsLost }
  return { engine, reloads, samples, complaints, http, udp, before, after, status, journal, counts }
}

async function reloadAll(reloads: number, daemon: Daemon, places: Places, flows: Flows) {
  const samples: Sample[] = []
  const complaints: string[] = []
  let shape: Shape = FIRST
  const began = performance.now()
  const measureFrom = began + (isLongEnoughForMemory(reloads) ? WARM_UP_MS : 0)
  for (let turn = 0; samples.length < reloads; turn++) {
    const { words, change } = editAt(turn)
    shape = { ...shape, ...change(shape, turn) }
    daemon.edit(sections(places, shape))
    const tookMs = await reloadOnce(daemon, turn)
    const lost = await flows.lost()
    if (lost > 0) complaints.push(`reload ${turn + 1} (${words}): ${lost} flows lost`)
    if (!(await isServed(places.extra, shape))) complaints.push(`reload ${turn + 1} (${words}): the extra frontend`)
    const sample = { at: (performance.now() - measureFrom) / 1_000, watched: watch(daemon), tookMs }
    if (sample.at >= 0) samples.push(sample)
    await sleep(BETWEEN_MS)
  }
  return { samples, complaints }
}

/** By command and by signal in turns. @returns how long it took, in milliseconds */
async function reloadOnce(daemon: Daemon, turn: number): Promise<number> {
  const mark = daemon.program.lines.length
  const began = performance.now()
  if (turn % 2 === 0) await daemon.ask('reload json')
  else daemon.program.kill('SIGHUP')
  const done = await daemon.logged(({ event }) => String(event).startsWith('reload'), 10_000, mark)
  if (done.event !== 'reload' || done.count === 0) throw new Error(`reload ${turn + 1}: ${JSON.stringify(done)}`)
  return performance.now() - began
}

/** The frontend that comes and goes answers while it is there, and refuses when it is not. */
async function isServed(port: number, { extra }: Shape): Promise<boolean> {
  const answered = await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } }).then(
    (response) => response.ok,
    () => false,
  )
  return answered === (extra !== undefined)
}

const options = optionsOrUsage(readOptions, USAGE)
process.exit(verdict(await run(options)) ? 0 : 1)
