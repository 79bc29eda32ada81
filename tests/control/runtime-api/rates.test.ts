import t from 'tap'
import { declaredOf, withoutServer, withServer } from '../../../src/control/registry/declared.js'
import { type Declared, Plan } from '../../../src/control/registry/plan.js'
import { Rates, Series } from '../../../src/control/runtime-api/rates.js'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { serverOf, smallRegistry } from '../small-registry.js'
import { capturedRegistry, NOW } from './captured-registry.js'

/** Milliseconds since the start, and by a clock that is right. */
const at = (elapsed: number) => ({ now: NOW + elapsed, elapsed })

t.test('a rate is what was added in the last second, its peak the most of that', async (t) => {
  const series = new Series()
  t.same([series.perSecond, series.minuteMean, series.peak, series.grewAt], [0, 0, 0, undefined])
  series.sample(1_000, at(0))
  t.same([series.perSecond, series.peak, series.grewAt], [0, 0, undefined], 'what was there before is no growth')
  series.sample(1_030, at(1_000))
  series.sample(1_040, at(2_000))
  t.same([series.perSecond, series.minuteMean, series.peak, series.grewAt], [10, 20, 30, NOW + 2_000])
  series.sample(1_040, at(4_000))
  t.same(
    [series.perSecond, series.minuteMean, series.grewAt],
    [0, 10, NOW + 2_000],
    'a late sample counts the time it took',
  )
})

t.test('the mean is over the last minute only', async (t) => {
  const series = new Series()
  for (let second = 0; second <= 200; second++)
    series.sample(second < 100 ? second * 50 : 5_000 + second, at(second * 1_000))
  t.equal(series.minuteMean, 1)
})

t.test('a clock that is set makes no rate', async (t) => {
  for (const setByMs of [-990, -3_600_000, 3_600_000]) {
    const series = new Series()
    for (let second = 0; second < 10; second++) {
      const { now, elapsed } = at(second * 1_000)
      series.sample(second * 100, { now: second < 5 ? now : now + setByMs, elapsed })
    }
    t.same([series.perSecond, series.minuteMean, series.peak], [100, 100, 100], `by ${setByMs} ms`)
  }
})

t.test('frontends, backends, servers and the process are each sampled', async (t) => {
  let now = NOW
  const registry = capturedRegistry(() => now)
  const rates = new Rates(
    registry,
    () => now,
    () => now,
  )
  const worker = new WorkerColumn(registry.board, 1)
  rates.sample()
  worker.countFrontend(0, 'accepted', 7)
  worker.countFrontend(0, 'sessions', 5)
  worker.countServer(0, 'sessions', 2)
  worker.countServer(1, 'sessions', 3)
  worker.enterServer(0)
  now += 1_000
  rates.sample()
  worker.leaveServer(0)
  const [frontend] = registry.frontends
  const [backend] = registry.backends
  if (!frontend || !backend?.servers[0]) throw new Error('no registry')
  t.equal(rates.acceptedOf(frontend).perSecond, 7)
  t.equal(rates.sessionsOf(frontend).perSecond, 5)
  t.equal(rates.sessionsOf(registry).perSecond, 5)
  t.equal(rates.sessionsOf(backend).perSecond, 5)
  t.equal(rates.sessionsOf(backend.servers[0]).perSecond, 2)
  t.equal(rates.peakOf(backend), 1, 'kept though nobody is left')
})

t.test('what comes and goes takes nothing away from the rates of what it belonged to', async (t) => {
  let now = NOW
  const on = (port: number) => ({ family: 4, host: '127.0.0.1', port }) as const
  const registry = smallRegistry({ servers: { r1: on(1), r2: on(2) }, clock: () => now })
  const rates = new Rates(
    registry,
    () => now,
    () => now,
  )
  const column = new WorkerColumn(registry.board, 0)
  const [backend] = registry.backends
  if (!backend) throw new Error('no backend')
  const become = (declared: Declared) => registry.adopt(new Plan(registry, declared, now))
  const second = (slot: number, sessions: number) => {
    column.countServer(slot, 'sessions', sessions)
    column.countFrontend(0, 'accepted', sessions)
    column.countFrontend(0, 'sessions', sessions)
    now += 1_000
    rates.sample()
  }
  const perSecond = () => [rates.sessionsOf(backend).perSecond, rates.acceptedOf(registry).perSecond]
  column.countServer(0, 'sessions', 1_000)
  column.countServer(1, 'sessions', 60_000)
  column.countFrontend(0, 'accepted', 120_000)
  column.countFrontend(0, 'sessions', 120_000)
  rates.sample()
  second(0, 30)
  t.same(perSecond(), [30, 30])

  become(withoutServer(declaredOf(registry), 'db', 'r2'))
  second(0, 10)
  t.same(perSecond(), [10, 10], 'r2 is gone')
  t.equal(rates.sessionsOf(backend).minuteMean, 20)

  const like = serverOf(registry, 'r1').settings
  become(withServer(declaredOf(registry), 'db', { ...like, name: 'r3', address: on(3) }))
  second(serverOf(registry, 'r3').slot, 50)
  t.same(perSecond(), [50, 50], 'what r3 took in its first second counts')

  become({ ...declaredOf(registry), frontends: [] })
  now += 1_000
  rates.sample()
  t.same(perSecond(), [0, 0], 'without its frontend nothing comes')
  t.equal(rates.sessionsOf(registry).perSecond, 0)
  t.ok(rates.acceptedOf(registry).minuteMean > 0)
})
