import { EventEmitter, once } from 'node:events'
import t from 'tap'
import { readConfig } from '../../../src/config/load.js'
import { buildRegistry } from '../../../src/control/registry/build.js'
import { withServer } from '../../../src/control/registry/declared.js'
import type { Declared } from '../../../src/control/registry/plan.js'
import { Topology } from '../../../src/control/topology/topology.js'
import { BindError } from '../../../src/control/workers/bind-error.js'
import type { Shape } from '../../../src/core/messages.js'
import { POLICIES } from '../../../src/core/policy/list.js'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'
import { serverOf } from '../small-registry.js'

async function declaredBy(toml: string): Promise<Declared & { runtime: { maxSessions: number } }> {
  const read = await readConfig(toml, 'test.toml', { env: {}, policies: POLICIES })
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.config
}

/** A TOML config of one frontend and one backend with these servers, `name weight`. */
function toml(servers: readonly string[], more = ''): string {
  const lines = servers.map((text, i) => {
    const [name, weight = '100'] = text.split(' ')
    return `{ name = "${name}", address = "127.0.0.1:${7001 + i}", weight = ${weight} }`
  })
  return `[frontends.in]
listen = "tcp://127.0.0.1:7000"
backend = "db"
[backends.db]
policy = "maglev"
servers = [${lines.join(', ')}]
${more}`
}

/** Workers that take every shape, or refuse the next one. */
class Takers extends EventEmitter<{ asked: [] }> {
  readonly shapes: Shape[] = []
  refuseNext = false
  async configure(shape: Shape) {
    this.emit('asked')
    await new Promise(setImmediate)
    if (this.refuseNext) {
      this.refuseNext = false
      throw new BindError('tcp://127.0.0.1:7000 of frontend in', 'EADDRINUSE')
    }
    this.shapes.push(shape)
    return shape.frontends.flatMap(({ id, listeners }) => listeners.map(({ address }) => ({ frontend: id, address })))
  }
  get slots(): Record<string, number> {
    const servers = this.shapes.at(-1)?.backends.flatMap((backend) => backend.servers) ?? []
    return Object.fromEntries(servers.map(({ name, slot }) => [name, slot]))
  }
}

async function start(text: string, servers = 4) {
  const config = await readConfig(text, 'test.toml', { env: {}, policies: POLICIES })
  if (!config.ok) throw new Error(JSON.stringify(config.errors))
  const capacity = { servers, backends: 3, frontends: 3, workers: 2 }
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity)
  const registry = buildRegistry(config.config, board, Date.now())
  const workers = new Takers()
  const topology = new Topology({ registry, workers, records: () => false })
  await topology.configure()
  return { board, registry, workers, topology }
}

t.test('who keeps its name stays who it is, with its row, counters and state', async (t) => {
  const { board, registry, workers, topology } = await start(toml(['a', 'b', 'c']))
  const b = registry.backend('db')?.server('b')
  if (!b) throw new Error('no server b')
  registry.setAdmin(b, 'drain', 'test')
  new WorkerColumn(board, 0).countServer(b.slot, 'sessions', 7)
  const next = await declaredBy(toml(['c', 'b 50']))
  await topology.change(() => next)
  t.equal(registry.backend('db')?.server('b'), b)
  t.equal(b.admin, 'drain')
  t.equal(b.weight, 100, 'the weight is an operator matter: whoever changes the config decides')
  t.equal(b.settings.weight, 50)
  t.equal(board.totalOfServer(b.slot, 'sessions'), 7)
  t.same(Object.keys(workers.slots), ['c', 'b'])
  t.same(b.settings.sid, 2)
})

t.test('a row is given to a new server only when the sessions of the removed one have ended', async (t) => {
  const { board, registry, workers, topology } = await start(toml(['a', 'b']), 2)
  const a = registry.backend('db')?.server('a')
  if (!a) throw new Error('no server a')
  const column = new WorkerColumn(board, 1)
  column.enterServer(a.slot)
  column.countServer(a.slot, 'bytesIn', 100)
  const without = await declaredBy(toml(['b']))
  await topology.change(() => without)
  const other = await declaredBy(toml(['b', 'n']))
  await t.rejects(
    topology.change(() => other),
    { message: /no room for more than 2 servers/ },
  )
  t.same(Object.keys(workers.slots), ['b'], 'nothing has changed')
  column.leaveServer(a.slot)
  await topology.change(() => other)
  t.equal(workers.slots.n, a.slot)
  t.equal(board.totalOfServer(a.slot, 'bytesIn'), 0, 'what the former one counted is gone')
})

t.test('a backend goes on with what removed servers counted, and with what their last sessions count', async (t) => {
  const { board, registry, workers, topology } = await start(toml(['a', 'b']), 2)
  const [db] = registry.backends
  const a = db?.server('a')
  if (!db || !a) throw new Error('no server a')
  const column = new WorkerColumn(board, 1)
  column.enterServer(a.slot)
  column.countServer(a.slot, 'bytesIn', 100)
  column.countServer(1, 'bytesIn', 1)
  const [without, other] = [await declaredBy(toml(['b'])), await declaredBy(toml(['b', 'n']))]
  await topology.change(() => without)
  t.equal(registry.tally.ofServersOf(db, 'bytesIn'), 101)
  column.countServer(a.slot, 'bytesIn', 50)
  column.leaveServer(a.slot)
  t.equal(registry.tally.ofServersOf(db, 'bytesIn'), 151)
  await topology.change(() => other)
  t.equal(workers.slots.n, a.slot)
  t.equal(registry.tally.ofServersOf(db, 'bytesIn'), 151)
})

t.test('when the workers cannot take it nothing has changed', async (t) => {
  const { registry, workers, topology } = await start(toml(['a', 'b']))
  workers.refuseNext = true
  const next = await declaredBy(toml(['a', 'b', 'c', 'd']))
  await t.rejects(
    topology.change(() => next),
    { code: 'EADDRINUSE' },
  )
  t.same(
    registry.backend('db')?.servers.map(({ name }) => name),
    ['a', 'b'],
  )
  await topology.change(() => next)
  t.same(Object.values(workers.slots), [0, 1, 2, 3], 'rows of the failed try were given back')
})

t.test('changes wait for one another, and each starts from what the one before left', async (t) => {
  const { topology, registry } = await start(toml(['a']))
  const add = (name: string) =>
    topology.change((declared) => ({
      ...declared,
      backends: declared.backends.map((backend) => ({
        ...backend,
        servers: backend.servers.concat(backend.servers.slice(0, 1).map((server) => ({ ...server, name }))),
      })),
    }))
  await Promise.all([add('b'), add('c'), add('d')])
  t.same(
    registry.backend('db')?.servers.map(({ name }) => name),
    ['a', 'b', 'c', 'd'],
  )
})

t.test('an address that is set while the workers are told of other servers holds', async (t) => {
  const { topology, registry, workers } = await start(toml(['a']))
  const a = serverOf(registry, 'a')
  const moved = { family: 4, host: '127.0.0.1', port: 9999 } as const
  const next = await declaredBy(toml(['a', 'b']))
  const change = topology.change(() => next)
  await once(workers, 'asked')
  registry.setAddress(a, moved, 'operator')
  await Promise.all([change, topology.configure()])
  t.same(a.resolved, moved)
  t.match(a.lastAddressChange, { by: 'operator' })
  t.same(workers.shapes.at(-1)?.backends[0]?.servers[0]?.address, moved, 'the workers hear of it next')
})

t.test('an address that is set meanwhile ends where the server is declared to be elsewhere', async (t) => {
  const { topology, registry, workers } = await start(toml(['a', 'b']))
  const b = serverOf(registry, 'b')
  const next = await declaredBy(toml(['b']))
  const change = topology.change(() => next)
  await once(workers, 'asked')
  registry.setAddress(b, { family: 4, host: '127.0.0.1', port: 9999 }, 'operator')
  await Promise.all([change, topology.configure()])
  t.match(b, { address: { port: 7001 }, resolved: { port: 7001 }, lastAddressChange: undefined })
  t.match(workers.shapes.at(-1)?.backends[0]?.servers, [{ name: 'b', address: { port: 7001 } }])
})

t.test('a name that resolves while the workers are told of other servers has done so', async (t) => {
  const { topology, registry, workers } = await start(toml(['a']).replace('127.0.0.1:7001', 'db.test:7001'))
  const a = serverOf(registry, 'a')
  const found = { family: 4, host: '127.0.0.9', port: 7001 } as const
  const change = topology.change((declared) => withServer(declared, 'db', { ...a.settings, name: 'b' }))
  await once(workers, 'asked')
  registry.setAddress(a, found)
  await Promise.all([change, topology.configure()])
  t.same(a.resolved, found)
  t.match(workers.shapes.at(-1)?.backends[0]?.servers, [{ name: 'a', address: found }, { name: 'b' }])
})

t.test('whoever listens hears who came and who went', async (t) => {
  const { topology, registry } = await start(toml(['a', 'b']))
  const heard: string[] = []
  registry.on('membership', (added, removed) =>
    heard.push(`+${added.map(({ path }) => path)} -${removed.map(({ path }) => path)}`),
  )
  const next = await declaredBy(toml(['b', 'c']))
  await topology.change(() => next)
  t.same(heard, ['+db/c -db/a'])
})

t.test('a new server begins with the admin state that was declared', async (t) => {
  const { topology, registry } = await start(toml(['a']))
  await topology.change((declared) => ({
    ...declared,
    backends: declared.backends.map((backend) => ({
      ...backend,
      servers: [
        ...backend.servers,
        ...backend.servers.map((server) => ({ ...server, name: 'n', admin: 'maint' as const })),
      ],
    })),
  }))
  t.equal(registry.backend('db')?.server('n')?.admin, 'maint')
})

t.test('iids are never given twice, and frontends and backends may come and go', async (t) => {
  const { topology, registry } = await start(toml(['a']))
  const more = `[frontends.second]
listen = "tcp://127.0.0.1:7100"
backend = "other"
[backends.other]
servers = [{ name = "o", address = "127.0.0.1:7200" }]`
  const both = await declaredBy(toml(['a'], more))
  const one = await declaredBy(toml(['a']))
  await topology.change(() => both)
  const [iid, backendIid] = [registry.frontend('second')?.settings.iid, registry.backend('other')?.settings.iid]
  t.not(iid, backendIid)
  await topology.change(() => one)
  t.equal(registry.frontend('second'), undefined)
  await topology.change(() => both)
  t.ok((registry.frontend('second')?.settings.iid ?? 0) > Math.max(iid ?? 0, backendIid ?? 0))
  t.same(registry.frontend('second')?.bound, [{ family: 4, host: '127.0.0.1', port: 7100 }])
})
