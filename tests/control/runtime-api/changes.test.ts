import { connect } from 'node:net'
import t from 'tap'
import { backendFamilies } from '../../../src/control/metrics/backend-families.js'
import { exposition } from '../../../src/control/metrics/exposition.js'
import { serverFamilies } from '../../../src/control/metrics/server-families.js'
import { COMMANDS } from '../../../src/control/runtime-api/commands/list.js'
import { Generations } from '../../../src/control/upgrade/generations.js'
import { UpgradeError } from '../../../src/control/upgrade/upgrade.js'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { NOW } from './captured-registry.js'
import { collect, exchange, type Harness, startHarness } from './harness.js'

async function ask(harness: Pick<Harness, 'path'>, command: string): Promise<unknown> {
  return JSON.parse(await exchange(harness.path, `${command} json\n`))
}

/** The columns of a row of `show stat`. */
async function stat(harness: Harness, row: string, ...columns: readonly string[]): Promise<string[]> {
  const [header = '', ...rows] = (await exchange(harness.path, 'show stat\n')).split('\n')
  const names = header.slice(2).split(',')
  const values = rows.map((line) => line.split(',')).find(([proxy, server]) => `${proxy}/${server}` === row) ?? []
  return columns.map((column) => values[names.indexOf(column)] ?? '')
}

t.test('limits hold on the scoreboard at once', async (t) => {
  const harness = await startHarness()
  const { board } = harness.registry
  t.same(await ask(harness, 'set maxconn server be_pg/pg1 7'), { server: 'be_pg/pg1', was: 50, is: 7 })
  t.same(await ask(harness, 'set maxconn frontend fe_pg 9'), { frontend: 'fe_pg', was: 500, is: 9 })
  t.same(await ask(harness, 'set maxconn global 11'), { was: 0, is: 11 })
  t.same([board.server(0, 'maxSessions'), board.frontendMaxSessions(0), board.maxSessions], [7, 9, 11])
  for (const wrong of ['-1', 'abc', '1.5', '10000001', '']) {
    const refused = await exchange(harness.path, `set maxconn server be_pg/pg1 ${wrong}\n`)
    t.match(refused, /maxconn string|Require <maxconn>/, wrong)
  }
  t.equal(board.server(0, 'maxSessions'), 7, 'nothing of it was taken')
  await harness.close()
})

t.test('a changed address is what the workers are told', async (t) => {
  const harness = await startHarness()
  const pg1 = harness.registry.backend('be_pg')?.server('pg1')
  t.match(await ask(harness, 'set server be_pg/pg1 addr ::1 port 5433'), {
    was: '127.0.0.1:26111',
    is: '[::1]:5433',
  })
  t.same(pg1?.resolved, { family: 6, host: '::1', port: 5433 })
  const told = harness.workers.shapes.at(-1)?.backends[0]?.servers[0]
  t.same(told?.address, { family: 6, host: '::1', port: 5433 })
  t.match(await exchange(harness.path, 'set server be_pg/pg1 addr ::1 port 1 more\n'), /Trailing garbage 'more'/)
  await harness.close()
})

t.test('where a check probes can be set, and not where there is none', async (t) => {
  const harness = await startHarness()
  await ask(harness, 'set server be_pg/pg1 check-addr 127.0.0.9 port 26115')
  await ask(harness, 'set server be_pg/pg1 check-port 26116')
  t.same(harness.registry.backend('be_pg')?.server('pg1')?.probeAt, { host: '127.0.0.9', port: 26116 })
  t.match(await exchange(harness.path, 'set server be_nochk/n1 check-addr 127.0.0.9\n'), /not enabled/)
  await harness.close()
})

t.test('a server is added in maint, or ready where that is said, and deleted when it is idle', async (t) => {
  const harness = await startHarness()
  const { registry } = harness
  t.match(await ask(harness, 'add server be_pg/new 127.0.0.1:26119 weight 7 maxconn 3'), {
    server: 'be_pg/new',
    admin: 'maint',
  })
  t.match(await ask(harness, 'add server be_pg/now 127.0.0.1:26119 enabled'), { admin: 'ready' })
  const added = registry.backend('be_pg')?.server('new')
  if (!added) throw new Error('it was not added')
  t.same([added.weight, added.maxSessions, added.admin], [7, 3, 'maint'])
  t.same(await stat(harness, 'be_pg/new', 'status', 'weight', 'sid'), ['MAINT', '7', '5'])
  const column = new WorkerColumn(registry.board, 0)
  column.enterServer(added.slot)
  t.match(await exchange(harness.path, 'del server be_pg/new\n'), /still has connections/)
  column.leaveServer(added.slot)
  t.equal(await exchange(harness.path, 'del server be_pg/new\n'), 'Server deleted.\n')
  t.equal(registry.backend('be_pg')?.server('new'), undefined)
  for (const wrong of [
    'be_pg/a',
    'be_pg/a 127.0.0.1',
    'be_pg/a 127.0.0.1:70000',
    'be_pg/FRONTEND 127.0.0.1:1',
    'be_pg/-a 127.0.0.1:1',
    'be_pg/a 127.0.0.1:1 weight',
    'be_pg/a 127.0.0.1:1 weight 257',
    'be_pg/a 127.0.0.1:1 maxconn x',
    'be_pg 127.0.0.1:1',
  ]) {
    t.match(await ask(harness, `add server ${wrong}`), { error: String }, wrong)
  }
  t.equal(registry.backend('be_pg')?.servers.length, 5)
  await harness.close()
})

t.test('a backend keeps what a deleted server counted, also when its row is given to another one', async (t) => {
  const harness = await startHarness()
  const { registry } = harness
  const column = new WorkerColumn(registry.board, 0)
  const add = async (name: string) => {
    await ask(harness, `add server be_pg/${name} 127.0.0.1:26119`)
    const slot = registry.backend('be_pg')?.server(name)?.slot
    if (slot === undefined) throw new Error('it was not added')
    return slot
  }
  const count = (slot: number) => {
    for (const counter of ['picks', 'sessions'] as const) column.countServer(slot, counter, 3)
    column.countServer(slot, 'bytesIn', 700)
  }
  const totals = async () => stat(harness, 'be_pg/BACKEND', 'bin', 'lbtot', 'ctime')
  count(0)
  const slot = await add('new')
  count(slot)
  t.same(await totals(), ['1400', '6', '0'])
  await ask(harness, 'del server be_pg/new')
  t.same(await totals(), ['1400', '6', '0'])
  t.match(await ask(harness, 'show status'), { backends: { 0: { name: 'be_pg', sessions: { total: 6 } } } })

  t.equal(await add('newer'), slot, 'the row is given to another one')
  t.same(await totals(), ['1400', '6', '0'])
  t.same(await stat(harness, 'be_pg/newer', 'bin'), ['0'])
  count(slot)
  t.same(await totals(), ['2100', '9', '0'])

  await ask(harness, 'clear counters all')
  t.same(await totals(), ['0', '0', '0'])
  count(slot)
  await ask(harness, 'del server be_pg/newer')
  t.same(await totals(), ['700', '3', '0'])
  await harness.close()
})

t.test('the board has room for so many servers, and says so', async (t) => {
  const harness = await startHarness()
  const { servers } = harness.registry.board.capacity
  const taken = harness.registry.backends.reduce((sum, backend) => sum + backend.servers.length, 0)
  for (let i = taken; i < servers; i++) await ask(harness, `add server be_pg/more${i} 127.0.0.1:1`)
  t.match(await ask(harness, 'add server be_pg/beyond 127.0.0.1:1'), { error: /no room for more than \d+ servers/ })
  await harness.close()
})

t.test('a disabled frontend has no listeners, and is shown as stopped', async (t) => {
  const harness = await startHarness()
  const front = harness.registry.frontend('fe_pg')
  t.same(await ask(harness, 'disable frontend fe_pg'), { frontend: 'fe_pg', was: true, is: false })
  t.same(harness.workers.shapes.at(-1)?.frontends[0]?.listeners, [])
  t.same(front?.bound, [])
  t.same(await stat(harness, 'fe_pg/FRONTEND', 'status'), ['STOP'])
  await ask(harness, 'enable frontend fe_pg')
  t.equal(front?.bound.length, 1)
  t.same(await stat(harness, 'fe_pg/FRONTEND', 'status'), ['OPEN'])
  await harness.close()
})

t.test('clear counters begins the peaks again, clear counters all the rest too', async (t) => {
  const harness = await startHarness()
  const column = new WorkerColumn(harness.registry.board, 0)
  for (let i = 0; i < 3; i++) column.enterServer(0)
  column.leaveServer(0)
  column.countServer(0, 'sessions', 10)
  column.countFrontend(0, 'accepted', 12)
  const pg1 = () => stat(harness, 'be_pg/pg1', 'scur', 'smax', 'stot', 'chkdown')
  t.same(await pg1(), ['2', '3', '10', '1'])
  await ask(harness, 'clear counters')
  t.same(await pg1(), ['2', '2', '10', '1'])
  await ask(harness, 'clear counters all')
  t.same(await pg1(), ['2', '2', '0', '0'])
  t.same(await stat(harness, 'fe_pg/FRONTEND', 'stot'), ['0'])
  column.countServer(0, 'sessions', 5)
  t.same((await pg1())[2], '5')
  await harness.close()
})

t.test('clear counters all sets back what show stat says of outages, and no metric', async (t) => {
  const harness = await startHarness()
  const { registry } = harness
  const backend = registry.backend('be_pg')
  const check = backend?.server('pg1')?.check
  if (!backend || !check) throw new Error('no check')
  backend.downMs = 2_000
  const families = [...serverFamilies(registry, () => NOW), ...backendFamilies(registry, () => NOW)]
  const metrics = () => exposition(families).text()
  const outages = async () => [
    await stat(harness, 'be_pg/pg1', 'chkfail', 'chkdown', 'downtime'),
    await stat(harness, 'be_pg/BACKEND', 'chkdown', 'downtime'),
  ]
  t.same(await outages(), [
    ['1', '1', '1'],
    ['1', '2'],
  ])
  const before = await metrics()
  await ask(harness, 'clear counters all')
  t.same(await outages(), [
    ['0', '0', '0'],
    ['0', '0'],
  ])
  t.equal(await metrics(), before)
  check.failures += 3
  check.downs++
  backend.downs++
  t.same(
    await outages(),
    [
      ['3', '1', '0'],
      ['1', '0'],
    ],
    'it counts on from there',
  )
  await harness.close()
})

t.test('wait ends when the server may be deleted, or when the time is over', async (t) => {
  const harness = await startHarness()
  const { registry, path } = harness
  const server = registry.backend('be_pg')?.server('pg1')
  if (!server) throw new Error('no server')
  const column = new WorkerColumn(registry.board, 0)
  column.enterServer(server.slot)
  registry.setAdmin(server, 'maint', 'test')
  t.match(await exchange(path, 'wait 50 srv-removable be_pg/pg1\n'), /Wait delay expired/)
  const socket = connect(path).end('wait 10s srv-removable be_pg/pg1\n')
  const reply = collect(socket)
  column.leaveServer(server.slot)
  t.equal(String(await reply), 'Done.\n\n')
  t.equal(await exchange(path, 'wait 1100\n', 'end'), 'Done.\n\n', 'also for a client that has ended its side')
  t.match(await exchange(path, 'wait 2d\n'), /Expects a duration/)
  t.match(await exchange(path, 'wait 1s sunshine\n'), /Unsupported condition/)
  await harness.close()
})

t.test('nothing is paused while an upgrade is under way, nor after it', async (t) => {
  const generations = new Generations(1, [])
  const { registry, path, close } = await startHarness({ generations })
  t.teardown(close)
  const pause = () => exchange(path, 'pause backend be_pg timeout 60s\n')
  const isPaused = () => registry.backend('be_pg')?.pause !== undefined
  const refusal = 'No pause now: it is handing over to a new headgate, or has.\n\n'
  let fail: (error: Error) => void = () => {}
  generations.allowUpgrade(() => new Promise((_, reject) => (fail = reject)))
  const upgrade = generations.upgrade('test')
  t.equal(await pause(), refusal)
  t.notOk(isPaused())
  fail(new UpgradeError('the new headgate did not come up'))
  await t.rejects(upgrade)
  t.not(await pause(), refusal, 'all is as before')
  t.ok(isPaused())
  await exchange(path, 'resume backend be_pg\n')
  generations.allowUpgrade(async () => ({ generation: 2, pid: 4712, version: '0.1.0' }))
  await generations.upgrade('test')
  t.equal(await pause(), refusal)
})

t.test('nothing is changed on a process that gives way to another, which would not hear of it', async (t) => {
  const generations = new Generations(1, [])
  const { registry, path, workers, close } = await startHarness({ generations })
  t.teardown(close)
  const server = registry.backend('be_pg')?.server('pg1')
  const maint = () => exchange(path, 'set server be_pg/pg1 state maint\n')
  const refusal =
    'No change here: an upgrade is under way, or done, and the new headgate would not hear of it; ask again in a moment, over a new connection.\n\n'
  await generations.giveWay()
  t.equal(await maint(), refusal)
  t.equal(await exchange(path, 'enable frontend fe_pg\n'), refusal)
  t.equal(server?.admin, 'ready')
  t.same(await ask({ path }, 'shutdown sessions server be_pg/pg1'), { server: 'be_pg/pg1', killed: 0 })
  t.match(await exchange(path, 'show info\n'), /Name: headgate/)
  t.same(workers.shapes, [])
  generations.takeBack()
  t.equal(await maint(), '\n')
  t.equal(server?.admin, 'maint')
})

t.test(
  'of what changes something, only what ends sessions or sees to it itself is taken during a hand-over',
  async (t) => {
    const taken = COMMANDS.filter(({ whileHandingOver }) => whileHandingOver)
    t.same(taken.map(({ words }) => words.join(' ')).sort(), [
      'reload',
      'shutdown session',
      'shutdown sessions server',
      'upgrade',
    ])
  },
)

t.test('a process gives way when the changes that it took are made, and not while one hangs', async (t) => {
  const generations = new Generations(1, [])
  const { registry, path, workers, close } = await startHarness({ generations })
  t.teardown(close)
  let release = () => {}
  const configure = workers.configure.bind(workers)
  const isAsked = new Promise<void>((asked) => {
    workers.configure = async (shape) => {
      asked()
      await new Promise<void>((resolve) => (release = resolve))
      return configure(shape)
    }
  })
  const added = exchange(path, 'add server be_pg/new 127.0.0.1:7009\n')
  await isAsked
  await t.rejects(
    generations.giveWay(),
    new UpgradeError('a change at run time is under way and does not end: see whether a worker hangs'),
  )
  generations.takeBack()
  const given = generations.giveWay().then(() => registry.backend('be_pg')?.server('new')?.name)
  release()
  t.match(await added, /New server registered/)
  t.equal(await given, 'new')
})

t.test('shutdown frontend takes it away', async (t) => {
  const harness = await startHarness()
  t.same(await ask(harness, 'shutdown frontend fe_pg'), { frontend: 'fe_pg' })
  t.equal(harness.registry.frontend('fe_pg'), undefined)
  t.match(await exchange(harness.path, 'shutdown frontend fe_pg\n'), /No such frontend/)
  await harness.close()
})
