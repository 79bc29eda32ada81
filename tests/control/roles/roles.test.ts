import { once } from 'node:events'
import t from 'tap'
import { Endings } from '../../../src/control/endings/endings.js'
import type { DatabaseFinding } from '../../../src/control/health/probes/probe.js'
import type { Registry } from '../../../src/control/registry/registry.js'
import type { Server } from '../../../src/control/registry/server.js'
import { Failovers, type Move } from '../../../src/control/roles/failovers.js'
import { Refusals } from '../../../src/control/roles/refusals.js'
import { Roles } from '../../../src/control/roles/roles.js'
import { startHysteresis } from '../../../src/core/hysteresis.js'
import type { Kill, SessionFilter } from '../../../src/core/messages.js'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { KEEP_SESSIONS, ManualTiming, NO_ROLES, serverOf, smallRegistry } from '../small-registry.js'

const HERE = { family: 4, host: '127.0.0.1', port: 5432 } as const

interface Setup {
  readonly roles?: Partial<Registry['backends'][number]['settings']['roles']>
  readonly endings?: Partial<Registry['backends'][number]['settings']['endings']>
  readonly asks?: Registry['frontends'][number]['settings']['role']
}

/** Three servers of one backend, and whatever was killed. */
function watched({ roles = {}, endings = {}, asks = 'primary' }: Setup = {}) {
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: HERE, r2: HERE, r3: HERE }, clock: () => timing.now() })
  const [backend, frontend] = [registry.backends[0], registry.frontends[0]]
  if (!backend || !frontend) throw new Error('a small registry has a backend and a frontend')
  const settings = { roles: { ...NO_ROLES, ...roles }, endings: { ...KEEP_SESSIONS, ...endings } }
  backend.adopt({ ...backend.settings, ...settings }, backend.servers)
  frontend.adopt({ ...frontend.settings, role: asks }, frontend.routes)
  const killed: (SessionFilter & Kill)[] = []
  const workers = {
    async killSessions(filter: SessionFilter, kill: Kill = { reason: 'killed', overMs: 0 }) {
      killed.push({ ...filter, ...kill })
      return 7
    },
  }
  const watch = new Roles(registry)
  const ends = new Endings({ registry, roles: watch, workers, timing })
  const ticks = { now: 0 }
  const failovers = new Failovers(registry, watch, ends, { ticks: () => ticks.now })
  for (const part of [watch, ends, failovers]) part.start()
  return { timing, ticks, registry, backend, watch, ends, failovers, killed }
}

/** @param database what its probe tells; undefined when it is refused, `UNTOLD` when it passes and tells no role */
function hear(
  registry: Registry,
  name: string,
  database: DatabaseFinding | typeof UNTOLD | undefined,
  at: number,
): Server {
  const server = serverOf(registry, name)
  const verdict = database
    ? ({ passed: true, code: 'L7OK', reason: 'passed', ...(database !== UNTOLD && { database }) } as const)
    : ({ passed: false, code: 'L4CON', reason: 'refused' } as const)
  const last = { ...verdict, words: 'heard', durationMs: 1, at }
  server.check ??= {
    hysteresis: startHysteresis(2, 2),
    last,
    runs: [],
    failures: 0,
    downs: 0,
    failuresByReason: new Map(),
  }
  server.check.last = last
  registry.noteProbe(server)
  return server
}

const UNTOLD = 'untold'
const names = (servers: readonly Server[]) => servers.map(({ name }) => name)
const PRIMARY = { role: 'primary' } as const
const REPLICA = { role: 'replica' } as const

t.test('a failover: the new primary takes writes at once, and sessions of the former one are reset', async (t) => {
  const { registry, backend, failovers, killed } = watched()
  hear(registry, 'r1', PRIMARY, 1_000)
  hear(registry, 'r2', REPLICA, 1_000)
  hear(registry, 'r3', REPLICA, 1_000)
  t.same(names(backend.servingAs('primary')), ['r1'])
  t.same(names(backend.servingAs('replica')), ['r2', 'r3'])

  killed.length = 0
  hear(registry, 'r1', undefined, 1_500)
  t.same(names(backend.servingAs('primary')), ['r1'], 'one failed probe changes nothing')
  t.same(killed, [])
  const moved = once(failovers, 'moved')
  const r2 = hear(registry, 'r2', PRIMARY, 2_000)
  t.same(names(backend.servingAs('primary')), ['r2'])
  t.match(killed, [{ server: 0, frontend: 0, reason: 'role-lost' }])
  const [move]: [Move] = (await moved) as [Move] // `once` does not know the types of events
  t.match({ from: move.from.name, to: move.to.name, sessions: move.sessions }, { from: 'r1', to: 'r2', sessions: 7 })

  hear(registry, 'r1', REPLICA, 4_000)
  t.same(names(backend.servingAs('replica')), ['r1', 'r3'], 'it is back as a replica')
  t.equal(backend.primary, r2)
})

t.test('how long a failover took does not depend on the time of day, which somebody may set meanwhile', async (t) => {
  const { registry, ticks, failovers } = watched()
  hear(registry, 'r1', PRIMARY, 1_000_000)
  ticks.now += 700
  hear(registry, 'r1', undefined, 400_000)
  ticks.now += 500
  const moved = once(failovers, 'moved')
  hear(registry, 'r2', PRIMARY, 400_500)
  t.match(await moved, [{ from: { name: 'r1' }, to: { name: 'r2' }, tookMs: 1_200 }])
})

t.test('a primary that is merely down loses no session to on_role_lost', async (t) => {
  const { registry, backend, killed } = watched()
  hear(registry, 'r1', PRIMARY, 1_000)
  hear(registry, 'r2', REPLICA, 1_000)
  killed.length = 0
  hear(registry, 'r1', undefined, 1_500)
  registry.setHealth(serverOf(registry, 'r1'), 'down', 'refused')
  t.same(killed, [])
  t.equal(backend.primary, undefined)
})

t.test('on_down = "kill" resets the sessions of a server that went down', async (t) => {
  const { registry, killed } = watched({ endings: { onDown: 'kill', killOverMs: 500 } })
  registry.setHealth(serverOf(registry, 'r2'), 'down', 'refused')
  t.same(killed, [{ server: 1, reason: 'server-down', overMs: 500 }])
})

t.test('a kill that is answered after a reload removed the backend is counted', async (t) => {
  const { registry, ends } = watched({ endings: { onDown: 'kill' } })
  const killed = once(ends, 'killed')
  const r1 = serverOf(registry, 'r1')
  registry.setHealth(r1, 'down', 'refused')
  registry.adopt({ frontends: [], backends: [] })
  await ends.settled()
  t.same(await killed, [r1, 'server-down', 7])
})

t.test('split brain: an alarm, nobody takes writes, and it is over when one is left', async (t) => {
  const { registry, backend, watch } = watched()
  const told: string[][] = []
  watch.on('split-brain', (_, rivals) => told.push(names(rivals)))
  hear(registry, 'r1', PRIMARY, 1_000)
  hear(registry, 'r2', PRIMARY, 1_100)
  t.same(names(backend.servingAs('primary')), ['r2'], 'r1 may have stepped down: it was asked before')
  hear(registry, 'r1', PRIMARY, 1_500)
  t.same(names(backend.servingAs('primary')), [])
  hear(registry, 'r1', REPLICA, 2_000)
  t.same(names(backend.servingAs('primary')), ['r2'])
  t.same(told, [['r1', 'r2'], []])
})

t.test('lag in bytes: out beyond max_lag, back within half of it', async (t) => {
  const { registry, backend, watch, killed } = watched({ roles: { maxLag: { bytes: 1_000 } }, asks: 'replica' })
  const told: boolean[] = []
  watch.on('lagging', (_, is) => told.push(is))
  hear(registry, 'r1', { ...PRIMARY, position: 10_000 }, 1_000)
  hear(registry, 'r2', { ...REPLICA, position: 9_500 }, 1_000)
  hear(registry, 'r3', { ...REPLICA, position: 10_000 }, 1_000)
  t.same(names(backend.servingAs('replica')), ['r2', 'r3'])
  hear(registry, 'r1', { ...PRIMARY, position: 10_501 }, 1_500)
  t.same(names(backend.servingAs('replica')), ['r3'])
  hear(registry, 'r2', { ...REPLICA, position: 9_900 }, 2_000)
  t.same(names(backend.servingAs('replica')), ['r3'], 'within max_lag again, and not yet within half of it')
  hear(registry, 'r2', { ...REPLICA, position: 10_100 }, 2_500)
  t.same(names(backend.servingAs('replica')), ['r2', 'r3'])
  t.same(told, [true, false])
  t.same(
    killed.filter(({ reason }) => reason === 'lagging'),
    [],
  )
})

t.test('lag by the clock: a replica that cannot say how late it is is too late', async (t) => {
  const { registry, backend, killed } = watched({
    roles: { maxLag: { ms: 1_000 }, weightByLag: true },
    endings: { onLag: 'kill' },
    asks: 'replica',
  })
  hear(registry, 'r1', PRIMARY, 1_000)
  const r2 = hear(registry, 'r2', { ...REPLICA, lagMs: 500 }, 1_000)
  hear(registry, 'r3', REPLICA, 1_000)
  t.same(names(backend.servingAs('replica')), ['r2'])
  t.equal(registry.board.server(r2.slot, 'effectiveWeight'), 55, 'half of max_lag behind: 55 % of its weight')
  t.match(killed, [{ server: 2, frontend: 0, reason: 'lagging' }])
})

t.test(
  'a replica whose probes tell no role any more is not behind any more: it serves whoever asks for none',
  async (t) => {
    const { registry, backend, watch } = watched({ roles: { maxLag: { ms: 1_000 } }, asks: 'any' })
    const told: unknown[] = []
    watch.on('lagging', (_, is, words) => told.push([is, words]))
    watch.on('role', (_, was, is) => told.push([was, is]))
    const r1 = hear(registry, 'r1', { ...REPLICA, lagMs: 60_000 }, 1_000)
    hear(registry, 'r2', { ...REPLICA, lagMs: 0 }, 1_000)
    hear(registry, 'r3', { ...REPLICA, lagMs: 0 }, 1_000)
    t.same(names(backend.servingAs('any')), ['r2', 'r3'])
    told.length = 0
    hear(registry, 'r1', UNTOLD, 2_000)
    t.same(names(backend.servingAs('any')), ['r1', 'r2', 'r3'])
    t.same(names(backend.servingAs('replica')), ['r2', 'r3'])
    t.same([r1.role, r1.lag, r1.isLagging, r1.roleSince], [undefined, undefined, false, 2_000])
    hear(registry, 'r1', REPLICA, 3_000)
    t.same(told, [
      [false, 'it does not say any more that it is a replica'],
      [undefined, 'replica'],
      [true, 'it cannot say how far behind'],
    ])
  },
)

t.test(
  'a primary whose probes tell no role any more takes no writes; its sessions stay until another one takes them',
  async (t) => {
    const { registry, backend, failovers, killed } = watched()
    hear(registry, 'r1', PRIMARY, 1_000)
    hear(registry, 'r2', REPLICA, 1_000)
    hear(registry, 'r3', REPLICA, 1_000)
    killed.length = 0
    const lost = once(failovers, 'lost')
    hear(registry, 'r1', UNTOLD, 2_000)
    t.same(names(backend.servingAs('primary')), [])
    t.match(await lost, [{ name: 'db' }, { name: 'r1' }])
    t.same(killed, [])
    hear(registry, 'r2', PRIMARY, 3_000)
    t.same(names(backend.servingAs('primary')), ['r2'])
    t.match(killed, [{ server: 0, reason: 'role-lost' }])
  },
)

t.test('a reload that takes the check away takes with it what the check said of roles and lag', async (t) => {
  const { registry, backend } = watched({ roles: { maxLag: { ms: 1_000 } }, asks: 'any' })
  hear(registry, 'r1', { ...REPLICA, lagMs: 60_000 }, 1_000)
  hear(registry, 'r2', { ...REPLICA, lagMs: 0 }, 1_000)
  t.same(names(backend.servingAs('any')), ['r2', 'r3'])
  const servers = backend.servers.map((server) => {
    const { slot, name, settings, resolved } = server
    return { server, slot, name, settings, resolved }
  })
  const settings = { ...backend.settings, check: false } as const
  registry.adopt({ frontends: [], backends: [{ backend, settings, servers }] })
  t.same(names(backend.servingAs('any')), ['r1', 'r2', 'r3'])
  t.same(
    backend.servers.map(({ role }) => role),
    [undefined, undefined, undefined],
  )
})

t.test('a replica that has all that a primary had is no further behind than since then', async (t) => {
  const { registry, backend } = watched({ roles: { maxLag: { ms: 10_000 } }, asks: 'replica' })
  hear(registry, 'r1', { ...PRIMARY, position: 500 }, 1_000)
  const r2 = hear(registry, 'r2', { ...REPLICA, position: 500, lagMs: 3_600_000 }, 5_000)
  t.same(r2.lag, { ms: 4_000, bytes: 0 }, 'its last change was an hour ago, and the primary has died since')
  const r3 = hear(registry, 'r3', { ...REPLICA, position: 499, lagMs: 3_600_000 }, 5_000)
  t.same(r3.lag, { ms: 3_600_000, bytes: 1 }, 'this one lacks something')
  t.same(names(backend.servingAs('replica')), ['r2'])
})

t.test(
  'a primary that refuses connections takes no writes before it is heard again; its sessions are let alone',
  async (t) => {
    const { registry, backend, killed } = watched()
    const check = { type: 'postgres', intervalMs: 500, fastIntervalMs: 250, timeoutMs: 500, rise: 2, fall: 2 } as const
    backend.adopt({ ...backend.settings, check }, backend.servers)
    hear(registry, 'r1', PRIMARY, 1_000)
    hear(registry, 'r2', REPLICA, 1_000)
    hear(registry, 'r1', undefined, 1_500)
    t.same(names(backend.servingAs('primary')), [])
    const onR1 = () => killed.filter(({ server }) => server === 0)
    t.same(onR1(), [])
    hear(registry, 'r1', PRIMARY, 1_750)
    t.same(names(backend.servingAs('primary')), ['r1'])
    hear(registry, 'r1', undefined, 2_000)
    hear(registry, 'r1', REPLICA, 2_250)
    t.same(names(backend.servingAs('primary')), [])
    t.match(onR1(), [{ reason: 'role-lost' }])

    backend.adopt({ ...backend.settings, check: { ...check, port: 8008 } }, backend.servers)
    hear(registry, 'r2', PRIMARY, 3_000)
    hear(registry, 'r2', undefined, 3_500)
    t.same(names(backend.servingAs('primary')), ['r2'], 'who was asked is somebody else')
  },
)

t.test('a primary is asked at once when workers find that nobody listens there', async (t) => {
  const { registry, timing } = watched()
  const asked: string[] = []
  const refusals = new Refusals(registry, ({ name }) => asked.push(name), timing)
  const r1 = hear(registry, 'r1', PRIMARY, 1_000)
  const r2 = hear(registry, 'r2', REPLICA, 1_000)
  refusals.start()
  await timing.next()
  const worker = new WorkerColumn(registry.board, 0)
  for (const { slot } of [r1, r2]) worker.countServer(slot, 'connectRefused')
  await timing.next()
  t.same(asked, ['r1'])
  await timing.next()
  t.same(asked, ['r1'], 'once for each look that finds more')
  refusals.stop()
  t.same(timing.pending, [])
})

t.test('a clock that is set back takes no writes away, and lag is counted on', async (t) => {
  const { registry, backend, watch } = watched({ roles: { maxLag: { bytes: 1_000 } } })
  hear(registry, 'r1', { ...PRIMARY, position: 10_000 }, 3_600_000)
  const r2 = hear(registry, 'r2', { ...REPLICA, position: 10_000 }, 3_600_000)
  const told: unknown[] = []
  watch.on('primary', (_, __, is) => told.push(is?.name))
  watch.on('role', ({ name }) => told.push(name))
  hear(registry, 'r2', { ...REPLICA, position: 10_000 }, 500)
  const r1 = hear(registry, 'r1', { ...PRIMARY, position: 12_000 }, 1_000)
  t.same(names(backend.servingAs('primary')), ['r1'])
  t.same(told, [])
  t.equal(r1.roleSince, 1_000, 'no later than now')
  t.same(r2.lag, { bytes: 2_000 })
  hear(registry, 'r3', PRIMARY, 1_500)
  t.same(names(backend.servingAs('primary')), ['r3'], 'the newest claim is still told by the clock')
})

t.test('bytes of lag are counted by the log of the present primary', async (t) => {
  const { registry } = watched({ roles: { maxLag: { bytes: 1_000 } }, asks: 'replica' })
  hear(registry, 'r1', { ...PRIMARY, position: 10_000, timeline: 1 }, 1_000)
  hear(registry, 'r2', { ...PRIMARY, position: 9_000, timeline: 2 }, 2_000)
  const r3 = hear(registry, 'r3', { ...REPLICA, position: 9_000 }, 2_000)
  t.same(r3.lag, { bytes: 0 }, 'what the former one wrote last is lost')
})

t.test('on_drain = "kill after 5m": unless it is ready again by then', async (t) => {
  const { registry, timing, killed } = watched({ endings: { killAfterDrainMs: 300_000 } })
  const r1 = serverOf(registry, 'r1')
  registry.setAdmin(r1, 'drain', 'test')
  t.same(timing.pending, [300_000])
  registry.setAdmin(r1, 'ready', 'test')
  t.same(timing.pending, [])
  registry.setAdmin(r1, 'drain', 'test')
  await timing.next()
  t.match(killed, [{ server: 0, reason: 'drained' }])
})

t.test('in maint a server has no role: what it was may be wrong by then', async (t) => {
  const { registry, backend } = watched()
  const r1 = hear(registry, 'r1', PRIMARY, 1_000)
  hear(registry, 'r2', REPLICA, 1_000)
  registry.setAdmin(r1, 'maint', 'test')
  t.equal(r1.role, undefined)
  registry.setAdmin(r1, 'ready', 'test')
  t.same(names(backend.servingAs('primary')), [])
  hear(registry, 'r1', PRIMARY, 2_000)
  t.same(names(backend.servingAs('primary')), ['r1'])
})
