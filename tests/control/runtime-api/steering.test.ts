import t from 'tap'
import type { StatusDocument } from '../../../src/control/runtime-api/status/document.js'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { NOW } from './captured-registry.js'
import { exchange, type FakeWorkers, type Harness, startHarness } from './harness.js'

async function ask(harness: Harness, command: string): Promise<unknown> {
  return JSON.parse(await exchange(harness.path, `${command}\n`))
}

t.test('changes reach the registry, with the name of who made them', async (t) => {
  const harness = await startHarness()
  const { registry, path, close } = harness
  const seen: unknown[] = []
  registry.on('admin', (server, was, is, by) => seen.push([server.path, was, is, by]))
  registry.on('weight', (server, was, is, by) => seen.push([server.path, was, is, by]))
  await exchange(path, 'set server be_pg/pg1 state drain\n')
  await exchange(path, 'set server be_pg/pg1 weight 50%\n')
  await exchange(path, 'disable server be_pg/pg1\n')
  await exchange(path, 'enable server be_pg/pg1\n')
  const by = /^runtime-api \w+ \(uid \d+, pid \d+/
  t.match(seen, [
    ['be_pg/pg1', 'ready', 'drain', by],
    ['be_pg/pg1', 100, 50, by],
    ['be_pg/pg1', 'drain', 'maint', by],
    ['be_pg/pg1', 'maint', 'ready', by],
  ])
  await close()
})

t.test('json tells what was and what is, and gives errors one shape', async (t) => {
  const harness = await startHarness()
  new WorkerColumn(harness.registry.board, 1).enterServer(0)
  t.same(await ask(harness, 'set server be_pg/pg1 state drain json'), {
    server: 'be_pg/pg1',
    was: 'ready',
    is: 'drain',
    sessions: 1,
  })
  t.same(await ask(harness, 'set server be_pg/pg1 weight 10% json'), {
    server: 'be_pg/pg1',
    was: 100,
    is: 10,
    configured: 100,
  })
  t.same(await ask(harness, 'get weight be_pg/pg1 json'), { server: 'be_pg/pg1', weight: 10, configured: 100 })
  const errors = [
    ['set server be_pg/pg11 state drain json', { error: 'No such server.', nearest: 'be_pg/pg1' }],
    ['set server be_gp/pg2 state drain json', { error: 'No such backend.', nearest: 'be_pg/pg2' }],
    ['set server pg3 state drain json', { error: "Require 'backend/server'.", nearest: 'be_pg/pg3' }],
    ['set server be_pg/pg1 weight 10x json', { error: 'Trailing garbage in weight string' }],
    ['show sess backend be_pgg json', { error: 'No such backend.', nearest: 'be_pg' }],
    ['shutdown session 99 json', { error: "No such session (use 'show sess')." }],
  ] as const
  for (const [command, error] of errors) t.same(await ask(harness, command), error, command)
  await harness.close()
})

t.test('a small percentage of a small weight is still a weight', async (t) => {
  const harness = await startHarness()
  const percent = async (value: string) => {
    await exchange(harness.path, `set weight be_pg/pg4 ${value}\n`)
    return exchange(harness.path, 'get weight be_pg/pg4\n')
  }
  t.equal(await percent('10%'), '1 (initial 1)\n\n')
  t.equal(await percent('0%'), '0 (initial 1)\n\n')
  t.equal(await percent('99999999999999999999%'), '256 (initial 1)\n\n')
  await harness.close()
})

function threeSessions(workers: FakeWorkers): void {
  const common = { protocol: 'tcp', frontend: 'fe_pg', backend: 'be_pg', idleMs: 5, bytesIn: 10, bytesOut: 20 } as const
  workers.sessions = [
    { ...common, id: '0-1', server: 'pg1', client: '127.0.0.1:5000', ageMs: 65_000, at: at(0) },
    { ...common, id: '0-2', server: 'pg2', client: '[::1]:5001', ageMs: 3_000, at: at(1) },
    { ...common, id: '1-1', client: '127.0.0.1:5002', ageMs: 0, at: at(-1) },
  ]
}
const at = (server: number) => ({ frontend: 0, backend: 0, server })

t.test('sessions are listed as HAProxy does, filtered, and killed', async (t) => {
  const harness = await startHarness()
  const { workers, path } = harness
  threeSessions(workers)
  const lines = (await exchange(path, 'show sess\n')).split('\n')
  t.match(lines[0], /^0-1: proto=tcpv4 src=127\.0\.0\.1:5000 fe=fe_pg be=be_pg srv=pg1 ts=00 epoch=0 age=1m5s calls=/)
  t.match(lines[1], /^0-2: proto=tcpv6 src=\[::1\]:5001 fe=fe_pg be=be_pg srv=pg2 .* age=3s /)
  t.match(lines[2], /^1-1: .* srv=<none> .* age=0s /)
  t.equal((await exchange(path, 'show sess 0-2\n')).split('\n').length, 3)
  t.equal(await exchange(path, 'show sess 0-9\n'), 'Session not found.\n\n')
  const ids = async (filter: string) => {
    const { sessions } = (await ask(harness, `show sess ${filter} json`)) as { sessions: { id: string }[] } // its shape is what is tested
    return sessions.map(({ id }) => id)
  }
  t.same(await ids(''), ['0-1', '0-2', '1-1'])
  t.same(await ids('server be_pg/pg2'), ['0-2'])
  t.same(await ids('backend be_nochk'), [])
  t.same(await ids('frontend fe_pg'), ['0-1', '0-2', '1-1'])
  t.equal(await exchange(path, 'shutdown sessions server be_pg/pg1\n'), '\n')
  t.same(await ids('all'), ['0-2', '1-1'])
  t.equal(await exchange(path, 'shutdown session 0-2\n'), '\n')
  t.same(await ask(harness, 'shutdown sessions server be_pg/pg1 json'), { server: 'be_pg/pg1', killed: 0 })
  await harness.close()
})

t.test('a failing worker is an answer, not a hang', async (t) => {
  const { workers, path, close } = await startHarness()
  workers.killSessions = () => Promise.reject(new Error('worker 1 did not answer'))
  t.equal(await exchange(path, 'shutdown session 1\n'), 'Internal error: worker 1 did not answer.\n\n')
  await close()
})

t.test('show status json: everything the command line shows', async (t) => {
  const harness = await startHarness()
  const { board } = harness.registry
  const worker = new WorkerColumn(board, 0)
  worker.enterServer(0)
  worker.enterFrontend(0)
  worker.enterAll()
  worker.countFrontend(0, 'accepted', 3)
  worker.countFrontend(0, 'sessions', 2)
  worker.countFrontend(0, 'refusedNoServer')
  worker.countServer(0, 'bytesIn', 1_000)
  worker.countServer(0, 'connectRefused')
  await exchange(harness.path, 'set server be_pg/pg2 state maint\n')
  const status = (await ask(harness, 'show status json')) as StatusDocument // compared with what it must be, below
  t.match(status, { version: '0.1.0', pid: 4711, engine: 'portable', workers: 2, uptimeMs: 26_000, stopping: false })
  t.match(status, { status: 'degraded' })
  t.match(status.sessions, { live: 1, max: null, total: 2 })
  t.match(status.frontends[0], {
    name: 'fe_pg',
    listeners: ['tcp://127.0.0.1:26100'],
    backends: [{ backend: 'be_pg', weight: { set: 100, configured: 100 }, share: 1, serving: 2 }],
    accepted: 3,
    refused: { frontendLimit: 0, globalLimit: 0, noServer: 1, connect: 0 },
    sessions: { live: 1, peak: 1, max: 500, total: 2 },
  })
  t.match(status.backends[0], { name: 'be_pg', policy: 'round-robin', state: 'up', serving: 2, frontends: ['fe_pg'] })
  const [pg1, pg2, , pg4] = status.backends[0]?.servers ?? []
  t.match(pg1, {
    path: 'be_pg/pg1',
    address: '127.0.0.1:26111',
    admin: 'ready',
    health: 'up',
    status: 'UP',
    serving: true,
    weight: { set: 100, configured: 100, effective: 100 },
    sessions: { live: 1, max: 50 },
    bytes: { in: 1_000, out: 0 },
    connectFailures: { refused: 1, timeout: 0, unreachable: 0, error: 0 },
    check: { health: 3, rise: 2, fall: 2, last: { passed: true } },
    changed: { admin: null, weight: null, health: null },
  })
  t.match(pg2, { admin: 'maint', status: 'MAINT', serving: false, changed: { admin: { at: NOW } } })
  t.match(pg4, { health: 'down', check: { last: { words: 'Connection refused', passed: false } } })
  t.same(await ask(harness, 'show server be_pg/pg4 json'), pg4)
  t.equal(
    await exchange(harness.path, 'show status\n'),
    'degraded\nfrontend fe_pg: 2 of 4 servers of be_pg take new sessions; be_pg/pg4 is down: Connection refused\n\n',
  )
  for (const name of ['pg1', 'pg3']) await exchange(harness.path, `set server be_pg/${name} state drain\n`)
  t.match(await exchange(harness.path, 'show status\n'), /^unhealthy\nfrontend fe_pg: 0 of 4 servers of be_pg/)
  await harness.close()
})
