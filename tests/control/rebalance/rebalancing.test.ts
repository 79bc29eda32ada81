import t from 'tap'
import { AutomaticRebalancing } from '../../../src/control/rebalance/automatic.js'
import { Rebalancing } from '../../../src/control/rebalance/rebalancing.js'
import type { Registry } from '../../../src/control/registry/registry.js'
import { LANE_BIT } from '../../../src/core/lane.js'
import type { IdleClose } from '../../../src/core/messages.js'
import { findPolicy } from '../../../src/core/policy/list.js'
import { ManualTiming, serverOf, settled, smallRegistry } from '../small-registry.js'

const HERE = { family: 4, host: '127.0.0.1', port: 5432 } as const
const SETTINGS = { idleMs: 10_000, perHour: 18_000, isPatient: false }

type Return = 'round-robin' | 'least-conn' | 'never'

/** Sessions of one frontend over the rows of three servers; those that are closed come back as the policy has it. */
class FakePool {
  closes: (IdleClose & { readonly at: number })[] = []
  busy = new Set<number>()
  /** Servers that the policy does not choose. */
  closed = new Set<number>()
  private turn = 0

  constructor(
    private readonly timing: ManualTiming,
    readonly live: number[],
    private readonly comesBack: Return,
  ) {}

  async countSessions() {
    return this.live.map((live, server) => ({ frontend: 0, server, live, idle: this.busy.has(server) ? 0 : live }))
  }
  async closeIdle(which: IdleClose): Promise<number> {
    this.closes.push({ ...which, at: this.timing.now() })
    this.live[which.server] = (this.live[which.server] ?? 0) - which.most
    for (let i = 0; i < which.most && this.comesBack !== 'never'; i++) this.comeBack()
    return which.most
  }
  private comeBack(): void {
    const least = this.live.indexOf(Math.min(...this.live.filter((_, server) => !this.closed.has(server))))
    const to = this.comesBack === 'least-conn' ? least : this.turn++ % this.live.length
    this.live[to] = (this.live[to] ?? 0) + 1
  }
}

function bench(live: number[], comesBack: Return = 'least-conn') {
  const timing = new ManualTiming()
  const clock = { setBackMs: 0 }
  const now = () => timing.now() - clock.setBackMs
  const registry = smallRegistry({ servers: { r1: HERE, r2: HERE, r3: HERE }, clock: now })
  const pool = new FakePool(timing, live, comesBack)
  const { ticks, after, random } = timing
  const rebalancing = new Rebalancing({ registry, workers: pool, timing: { now, ticks, after, random } })
  const [backend] = registry.backends
  if (!backend) throw new Error('a small registry has a backend')
  return { timing, clock, registry, pool, rebalancing, backend }
}

async function toTheEnd(timing: ManualTiming): Promise<void> {
  while (await timing.next());
}

t.test('a pool is levelled at the rate that was asked for, the fullest server first', async (t) => {
  const { timing, pool, rebalancing, backend } = bench([15, 15, 0])
  const told: string[] = []
  rebalancing.on('begun', ({ standing }) => told.push(`begun ${standing.surplus}`))
  rebalancing.on('ended', ({ state, closed }) => told.push(`${state} ${closed}`))
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  t.equal(run?.state, 'running')
  await toTheEnd(timing)
  t.match(run, { state: 'balanced', by: 'tester' })
  t.ok(Math.max(...pool.live) - Math.min(...pool.live) <= 2, pool.live.join())
  t.equal(pool.closes.length, run?.closed)
  t.ok((run?.closed ?? 0) <= 10, 'no more than had to move')
  for (const [i, close] of pool.closes.entries()) {
    const before = pool.closes[i - 1]
    t.equal(close.most, 1)
    if (before) t.equal(close.at - before.at, 200, 'five a second')
  }
  t.same(told, ['begun 10', `balanced ${run?.closed}`])
})

t.test('round-robin sends some back to where they were: it takes more rounds, and comes to the same', async (t) => {
  const { timing, pool, rebalancing, backend } = bench([15, 15, 0], 'round-robin')
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  await toTheEnd(timing)
  t.equal(run?.state, 'balanced')
  t.ok(Math.max(...pool.live) - Math.min(...pool.live) <= 2, pool.live.join())
  t.comment(`${run?.closed} closed`)
  t.ok((run?.closed ?? 0) <= 30)
})

t.test('a high rate is kept, several at a time', async (t) => {
  const { timing, pool, rebalancing, backend } = bench([600, 600, 0])
  const began = timing.now()
  const run = await rebalancing.begin(backend, { ...SETTINGS, perHour: 100 * 3_600 }, 'tester')
  await toTheEnd(timing)
  t.equal(run?.state, 'balanced')
  const lastClose = pool.closes.at(-1)
  const seconds = ((lastClose?.at ?? 0) - began) / 1_000
  t.ok((run?.closed ?? 0) <= 100 * seconds + 5, `${run?.closed} in ${seconds} s`)
  t.equal(pool.closes[0]?.most, 5, 'every 50 ms')
})

t.test('clients that come back only when they need to are waited for, and no more are closed for them', async (t) => {
  const { timing, pool, rebalancing, backend } = bench([15, 15, 0], 'never')
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  await toTheEnd(timing)
  t.same(pool.live, [10, 10, 0], 'the share of the third is away')
  t.match(run, { state: 'balanced', closed: 10, standing: { away: 10, surplus: 0 } })
})

t.test('some that come and go all the time keep no run from its end', async (t) => {
  const { timing, pool, rebalancing, backend } = bench([10, 10, 10])
  const churning = [15, 10, 6]
  pool.countSessions = async () => {
    const counts = churning.map((live, server) => ({ frontend: 0, server, live, idle: 0 }))
    churning.splice(0, 3, 10, 10, churning[2] === 9 ? 8 : 9)
    return counts
  }
  const began = timing.now()
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  for (let i = 0; i < 500 && run?.state === 'running'; i++) await timing.next()
  t.match(run, { state: 'balanced', closed: 0 })
  t.ok(timing.now() - began < 5_000, `after ${timing.now() - began} ms`)
})

t.test('sessions in use are left; the run ends when they have been so for as long as rest takes', async (t) => {
  const { timing, pool, rebalancing, backend } = bench([15, 15, 0])
  pool.busy = new Set([0, 1])
  const began = timing.now()
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  await toTheEnd(timing)
  t.match(run, { state: 'busy', closed: 0, standing: { surplus: 10 } })
  t.ok(timing.now() - began >= SETTINGS.idleMs)
  t.same(pool.closes, [])
})

t.test('a clock that is set back holds up no end, of sessions in use or of those that are away', async (t) => {
  for (const state of ['busy', 'balanced'] as const) {
    const { timing, clock, pool, rebalancing, backend } = bench([15, 15, 0], 'never')
    if (state === 'busy') pool.busy = new Set([0, 1])
    const run = await rebalancing.begin(backend, SETTINGS, 'tester')
    clock.setBackMs = 3_600_000
    const began = timing.now()
    await toTheEnd(timing)
    t.equal(run?.state, state)
    t.ok(timing.now() - began < 60_000, `${timing.now() - began} ms`)
  }
})

t.test('one at a time for each backend; who is stopped closes nothing more', async (t) => {
  const { timing, pool, rebalancing, backend } = bench([15, 15, 0])
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  t.equal(await rebalancing.begin(backend, SETTINGS, 'another'), undefined)
  t.equal(rebalancing.runOf(backend), run)
  run?.stop()
  const { length } = pool.closes
  await toTheEnd(timing)
  t.equal(pool.closes.length, length)
  t.match(run, { state: 'stopped' })
  t.ok(await rebalancing.begin(backend, SETTINGS, 'another'), 'then another one may')
})

t.test('a balanced backend is let alone, and nobody hears of it', async (t) => {
  const { timing, rebalancing, backend, pool } = bench([10, 10, 9])
  rebalancing.on('begun', () => t.fail('it has not begun anything'))
  rebalancing.on('ended', () => t.fail('so it needs no end'))
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  t.equal(run?.state, 'balanced')
  t.same(pool.closes, [])
  t.equal(await timing.next(), false, 'no timer is left')
})

t.test('readers that a promoted primary still has all go to the replicas', async (t) => {
  const { timing, registry, pool, rebalancing, backend } = bench([6, 6, 6])
  const [frontend] = registry.frontends
  frontend?.adopt({ ...frontend.settings, role: 'replica' }, frontend.routes)
  registry.setBarred(serverOf(registry, 'r1'), LANE_BIT.replica)
  for (const name of ['r2', 'r3']) registry.setBarred(serverOf(registry, name), LANE_BIT.primary)
  pool.closed.add(0)
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  t.match(run?.standing.places, [{ surplus: 6, share: 0 }, { surplus: 0, share: 9 }, { surplus: 0 }])
  await toTheEnd(timing)
  t.equal(pool.closes.filter(({ server }) => server === 0).length, run?.closed, 'none of another server')
})

t.test('what a server in drain, in maint, down or too far behind has is not the rebalance’s', async (t) => {
  const { registry, rebalancing, backend } = bench([10, 10, 10])
  const servers = async () => (await rebalancing.look(backend, 0)).places.map(({ server }) => server.name)
  t.same(await servers(), ['r1', 'r2', 'r3'])
  const r1 = serverOf(registry, 'r1')
  for (const state of ['drain', 'maint'] as const) {
    registry.setAdmin(r1, state, 'tester')
    t.same(await servers(), ['r2', 'r3'], state)
  }
  registry.setAdmin(r1, 'ready', 'tester')
  registry.setHealth(r1, 'down', 'test')
  t.same(await servers(), ['r2', 'r3'], 'down')
  registry.setHealth(r1, 'up', 'test')
  r1.isLagging = true
  registry.setBarred(r1, LANE_BIT.any)
  t.same(await servers(), ['r2', 'r3'], 'lagging')
})

t.test('where shares mean nothing nobody is closed', async (t) => {
  const { registry, rebalancing, backend, pool, timing } = bench([30, 0, 0])
  for (const name of ['source', 'maglev', 'first']) {
    const policy = findPolicy(name)
    if (policy) backend.adopt({ ...backend.settings, policy }, backend.servers)
    t.match(rebalancing.obstacle(backend), name)
  }
  const policy = findPolicy('least-conn')
  if (policy) backend.adopt({ ...backend.settings, policy }, backend.servers)
  t.equal(rebalancing.obstacle(backend), undefined)
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  registry.pause(backend, 60_000, 'tester')
  const { length } = pool.closes
  await timing.next()
  t.match(run, { state: 'paused' }, 'nobody is closed into a pause')
  t.match(rebalancing.obstacle(backend), 'paused')
  t.equal(pool.closes.length, length)
})

t.test('sessions that come back to where they were, whatever is done, are let alone in the end', async (t) => {
  const { timing, pool, rebalancing, backend } = bench([15, 15, 0])
  pool.closed = new Set([1, 2])
  pool.live[1] = 0
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  await toTheEnd(timing)
  t.match(run, { state: 'restless', closed: 100 })
  t.same(pool.live, [15, 0, 0])
})

t.test('a backend that is removed, and workers that do not answer, end it', async (t) => {
  const removed = bench([30, 0, 0])
  const run = await removed.rebalancing.begin(removed.backend, SETTINGS, 'tester')
  removed.registry.adopt({ frontends: [], backends: [] })
  t.equal(run?.state, 'stopped')
  t.equal(removed.rebalancing.runOf(removed.backend), undefined)
  const broken = bench([30, 0, 0])
  broken.pool.countSessions = () => Promise.reject(new Error('worker 1 did not answer'))
  t.match(await broken.rebalancing.begin(broken.backend, SETTINGS, 'tester'), { state: 'failed' })
})

function automatic(registry: Registry, rebalancing: Rebalancing, timing: ManualTiming) {
  const [backend] = registry.backends
  backend?.adopt({ ...backend.settings, rebalance: { idleMs: 60_000, perHour: 3_600 } }, backend.servers)
  const watch = new AutomaticRebalancing(registry, rebalancing, timing)
  watch.start()
  return watch
}

t.test('by itself when a server returns, patiently, and not before', async (t) => {
  const { timing, registry, pool, rebalancing, backend } = bench([15, 15, 0])
  registry.setHealth(serverOf(registry, 'r3'), 'down', 'test')
  const watch = automatic(registry, rebalancing, timing)
  await timing.next()
  t.equal(rebalancing.runOf(backend), undefined)
  pool.busy = new Set([0, 1])
  registry.setHealth(serverOf(registry, 'r3'), 'up', 'test')
  await timing.next()
  await settled()
  const run = rebalancing.runOf(backend)
  t.match(run, { by: 'config', state: 'running', closed: 0 })
  for (let i = 0; i < 500; i++) await timing.next()
  t.equal(run?.state, 'running', 'it waits for sessions that are in use')
  pool.busy.clear()
  while (run?.state === 'running') await timing.next()
  t.equal(run?.state, 'balanced')
  t.ok(Math.max(...pool.live) - Math.min(...pool.live) <= 2, pool.live.join())
  watch.stop()
  t.equal(await timing.next(), false)
})

t.test('by itself also when the server was away for a moment only', async (t) => {
  const { timing, registry, rebalancing, backend } = bench([15, 15, 0])
  const watch = automatic(registry, rebalancing, timing)
  for (const is of ['down', 'up'] as const) registry.setHealth(serverOf(registry, 'r3'), is, 'test')
  await timing.next()
  await settled()
  t.match(rebalancing.runOf(backend), { by: 'config', state: 'running' })
  watch.stop()
  rebalancing.stop()
})

t.test('an operator’s word goes before the config’s', async (t) => {
  const { timing, registry, rebalancing, backend, pool } = bench([15, 15, 0])
  const watch = automatic(registry, rebalancing, timing)
  registry.setWeight(serverOf(registry, 'r3'), 200, 'tester')
  pool.busy = new Set([0, 1])
  await timing.next()
  await settled()
  const patient = rebalancing.runOf(backend)
  t.match(patient, { by: 'config', state: 'running' })
  const run = await rebalancing.begin(backend, SETTINGS, 'tester')
  t.match(run, { by: 'tester', state: 'running' })
  t.match(patient, { state: 'stopped' })
  watch.stop()
  rebalancing.stop()
})
