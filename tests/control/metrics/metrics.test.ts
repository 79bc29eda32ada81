import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { exposition } from '../../../src/control/metrics/exposition.js'
import { counter } from '../../../src/control/metrics/family.js'
import { allFamilies } from '../../../src/control/metrics/metrics.js'
import { startHysteresis } from '../../../src/core/hysteresis.js'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import {
  BACKEND_COUNTERS,
  FRONTEND_COUNTERS,
  SERVER_COUNTERS,
  WORKER_COUNTERS,
} from '../../../src/core/scoreboard/counters.js'
import { program, skipWithout } from '../../support/installed-programs.js'
import { serverOf } from '../small-registry.js'
import { samples, servedMetrics, smallSources } from './small-metrics.js'

const scrape = async (sources = smallSources()) => samples(await exposition(allFamilies(sources)).text())

t.test('every counter of the scoreboard is there, summed over workers, milliseconds as seconds', async (t) => {
  const sources = smallSources()
  const columns = [0, 1].map((worker) => new WorkerColumn(sources.registry.board, worker))
  const expected: number[] = []
  let value = 0
  for (const counter of SERVER_COUNTERS) {
    value += 1_003
    for (const column of columns) column.countServer(0, counter, value)
    expected.push(counter.endsWith('Ms') ? (2 * value) / 1_000 : 2 * value)
  }
  for (const counter of BACKEND_COUNTERS) {
    value += 1_003
    for (const column of columns) column.countBackend(0, counter, value)
    expected.push(counter.endsWith('Ms') ? (2 * value) / 1_000 : 2 * value)
  }
  for (const counter of FRONTEND_COUNTERS) {
    value += 1_003
    for (const column of columns) column.countFrontend(0, counter, value)
    expected.push(2 * value)
  }
  for (const counter of WORKER_COUNTERS) {
    value += 1_003
    columns[1]?.count(counter, value)
    expected.push(value)
  }
  const found = await scrape(sources)
  const values = new Set(found.values())
  t.same(
    expected.filter((number) => !values.has(number)),
    [],
  )
})

t.test('names, labels and values of a server', async (t) => {
  const sources = smallSources()
  const column = new WorkerColumn(sources.registry.board, 1)
  column.countServer(0, 'bytesIn', 7)
  column.countServer(0, 'bytesOut', 2 ** 53 - 1)
  column.countServer(0, 'connectTimeouts', 3)
  column.countServer(0, 'connectMs', 1_500)
  column.enterServer(0)
  const r1 = serverOf(sources.registry, 'r1')
  sources.registry.setWeight(r1, 50, 'test')
  sources.registry.setAdmin(r1, 'drain', 'test')
  const failuresByReason = new Map([['refused', 4] as const])
  r1.check = { hysteresis: startHysteresis(2, 3), last: undefined, runs: [], failures: 4, downs: 2, failuresByReason }
  r1.check.last = { passed: false, code: 'L4CON', reason: 'refused', words: 'refused', durationMs: 2.5, at: Date.now() }
  sources.registry.setHealth(r1, 'down', 'refused')
  const found = await scrape(sources)
  const of = (name: string, more = '') => found.get(`headgate_server_${name}{backend="db",server="r1"${more}}`)
  t.equal(of('bytes_total', ',direction="in"'), 7)
  t.equal(of('bytes_total', ',direction="out"'), 2 ** 53 - 1, 'exact up to 2^53')
  t.equal(of('connect_failures_total', ',reason="timeout"'), 3)
  t.equal(of('connect_seconds_total'), 1.5)
  t.equal(of('live_sessions'), 1)
  t.equal(of('peak_sessions'), 1)
  t.equal(of('weight'), 50)
  t.equal(of('up'), 0)
  t.same(
    ['ready', 'drain', 'maint'].map((state) => of('admin_state', `,state="${state}"`)),
    [0, 1, 0],
  )
  t.equal(of('check_failures_total'), 4)
  t.equal(of('check_downs_total'), 2)
  t.equal(of('probe_failures_total', ',reason="refused"'), 4)
  t.equal(of('probe_verdict', ',code="L4CON"'), 1)
  t.equal(of('probe_duration_seconds'), 0.0025)
  t.ok((of('down_seconds_total') ?? -1) >= 0)
  t.equal(of('state_changed_timestamp_seconds'), r1.changedAt / 1_000)
  t.notOk(
    [...found.keys()].some((key) => key.includes('r2') && key.includes('check')),
    'r2 has no check',
  )
})

t.test('downtime grows while a server or backend is down', async (t) => {
  let now = 1_000_000
  const sources = smallSources({ servers: { r1: { family: 4, host: '127.0.0.1', port: 1 } }, clock: () => now })
  const r1 = serverOf(sources.registry, 'r1')
  sources.registry.setHealth(r1, 'down', 'dead')
  now += 2_500
  sources.registry.setHealth(r1, 'up', 'alive')
  now += 60_000
  const found = await scrape(sources)
  t.equal(found.get('headgate_server_down_seconds_total{backend="db",server="r1"}'), 2.5)
  t.equal(found.get('headgate_backend_down_seconds_total{backend="db"}'), 2.5)
  t.equal(found.get('headgate_backend_downs_total{backend="db"}'), 1)
})

t.test('a clock that is set back while a server and a backend are down takes nothing off their downtime', async (t) => {
  let now = Date.now()
  const sources = smallSources({ servers: { r1: { family: 4, host: '127.0.0.1', port: 1 } }, clock: () => now })
  const { registry } = sources
  const r1 = serverOf(registry, 'r1')
  const downtimes = async () => {
    const found = await scrape(sources)
    const server = found.get('headgate_server_down_seconds_total{backend="db",server="r1"}')
    return [server, found.get('headgate_backend_down_seconds_total{backend="db"}')]
  }
  registry.setHealth(r1, 'down', 'dead')
  now += 2_000
  registry.setHealth(r1, 'up', 'alive')
  t.same(await downtimes(), [2, 2])
  now += 3_600_000
  registry.setHealth(r1, 'down', 'dead')
  t.same(await downtimes(), [2, 2], 'it went down an hour from now')
  now -= 3_600_000
  registry.setHealth(r1, 'up', 'alive')
  t.same(await downtimes(), [2, 2], 'and came back an hour before that')
})

t.test('a counter that cannot be shown is left out, and takes no other one with it', async (t) => {
  const wrong = counter('wrong', 'Goes wrong.', ['worker'], (add) => {
    for (const [i, value] of [-1, Number.NaN, Number.POSITIVE_INFINITY, 5].entries()) add({ worker: String(i) }, value)
  })
  const right = counter('right', 'Is right.', [], (add) => add({}, 7))
  const found = samples(await exposition([wrong, right]).text())
  t.same(
    [...found],
    [
      ['headgate_wrong_total{worker="3"}', 5],
      ['headgate_right_total', 7],
    ],
  )
})

t.test('the whole: build, uptime, workers, log', async (t) => {
  const sources = smallSources()
  const families = exposition(allFamilies(sources))
  sources.workers.running = 1
  sources.workers.deaths = 1
  sources.log.dropped = 9
  const found = samples(await families.text())
  t.equal(found.get(`headgate_build_info{version="1.2.3",engine="portable",node="${process.version}"}`), 1)
  t.ok(Math.abs((found.get('headgate_uptime_seconds') ?? 0) - 90.5) < 5)
  t.equal(found.get('headgate_workers'), 2)
  t.equal(found.get('headgate_workers_running'), 1)
  t.equal(found.get('headgate_worker_deaths_total'), 1)
  t.equal(found.get('headgate_log_lines_dropped_total'), 9)
  t.equal(found.get('headgate_backend_serving_servers{backend="db"}'), 2)
  t.ok((found.get('process_resident_memory_bytes') ?? 0) > 1_000_000)
  t.ok((found.get('process_cpu_seconds_total') ?? 0) > 0)
})

t.test('two scrapes at one time have the same, whole answer', async (t) => {
  const sources = smallSources()
  new WorkerColumn(sources.registry.board, 0).countFrontend(0, 'accepted', 5)
  const families = exposition(allFamilies(sources))
  const [first, second] = await Promise.all([families.text(), families.text()])
  t.equal(first, second)
  t.equal(samples(first).get('headgate_frontend_accepted_total{frontend="front"}'), 5)
  t.equal(
    samples(await families.text()).get('headgate_frontend_accepted_total{frontend="front"}'),
    5,
    'nothing adds up',
  )
})

t.test('counters only ever grow from scrape to scrape', async () => {
  const steps = fc.array(
    fc.record({
      counter: fc.constantFrom(...SERVER_COUNTERS),
      worker: fc.nat(1),
      slot: fc.nat(1),
      by: fc.double({ min: 0, max: 1e12, noNaN: true }),
    }),
    { maxLength: 10 },
  )
  const sources = smallSources()
  const families = exposition(allFamilies(sources))
  let before = samples(await families.text())
  await fc.assert(
    fc.asyncProperty(steps, async (changes) => {
      for (const { counter, worker, slot, by } of changes) {
        new WorkerColumn(sources.registry.board, worker).countServer(slot, counter, by)
      }
      const after = samples(await families.text())
      const grew = [...before].every(([name, value]) => !/_total(\{|$)/.test(name) || (after.get(name) ?? -1) >= value)
      before = after
      return grew
    }),
    { numRuns: 30 },
  )
})

t.test('names follow the conventions', async (t) => {
  for (const { name, type, help, labels } of allFamilies(smallSources())) {
    t.match(name, /^(headgate|process)_[a-z_]+$/, name)
    t.equal(name.endsWith('_total'), type === 'counter', `${name} is a ${type}`)
    t.match(help, /^[A-Z].*\.$/, help)
    t.notMatch(name, /milli|_ms|_kb/, 'base units')
    t.equal(new Set(labels).size, labels.length)
  }
})

t.test('promtool finds nothing to say', { skip: skipWithout('promtool') }, async (t) => {
  const get = await servedMetrics(t, smallSources())
  const { body } = await get('/metrics')
  t.doesNotThrow(() =>
    execFileSync(program('promtool'), ['check', 'metrics'], { input: body, stdio: ['pipe', 'pipe', 'pipe'] }),
  )
})

t.test('the guide names every metric with its labels', async (t) => {
  const guide = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
  for (const { name, labels } of allFamilies(smallSources())) {
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${name}\``))
    t.ok(row, name)
    for (const label of labels) t.ok(row?.includes(`\`${label}\``), `${name}: ${label}`)
  }
})
