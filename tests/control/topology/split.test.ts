/** The weights of a split while frontends and backends come and go. */
import t from 'tap'
import { readConfig } from '../../../src/config/load.js'
import { buildRegistry } from '../../../src/control/registry/build.js'
import { Topology } from '../../../src/control/topology/topology.js'
import { POLICIES } from '../../../src/core/policy/list.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'
import { Split } from '../../../src/core/split.js'

async function configOf(backend: string) {
  const names = ['a', 'b', 'c']
  const backends = names.map(
    (name, i) => `[backends.${name}]\nservers = [{ name = "s", address = "127.0.0.1:${81 + i}" }]`,
  )
  const frontends = [`[frontends.web]\nlisten = "tcp://127.0.0.1:80"\nbackend = ${backend}`, ...backends]
  const read = await readConfig(frontends.join('\n'), 'test.toml', { env: {}, policies: POLICIES })
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.config
}

async function start(backend: string) {
  const capacity = { servers: 8, backends: 4, frontends: 2, workers: 1 }
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity)
  const registry = buildRegistry(await configOf(backend), board, 0)
  let rows: readonly number[] = []
  const configure = async ({ frontends }: { frontends: readonly { backends: readonly number[] }[] }) => {
    rows = frontends[0]?.backends ?? []
    return []
  }
  const topology = new Topology({ registry, workers: { configure }, records: () => false })
  await topology.configure()
  const web = registry.frontend('web')
  if (!web) throw new Error('the config has it')
  const reload = async (backend: string) => {
    const next = await configOf(backend)
    await topology.change(() => next)
  }
  /** What a worker with the present shape does with so many sessions. */
  const sessions = (count: number) => {
    const split = new Split(board, web.id, rows, Math.random)
    const counts = rows.map(() => 0)
    for (let i = 0; i < count; i++) {
      const position = split.next()
      counts[position] = (counts[position] ?? 0) + 1
    }
    return counts
  }
  return { registry, web, reload, sessions }
}

t.test('a backend joins a split with its configured weight; the weights set at run time stay', async (t) => {
  const { registry, web, reload, sessions } = await start('{ a = 90, b = 10 }')
  registry.setSplit(web, { b: 30 }, 'test')
  await reload('{ c = 60, a = 90, b = 10 }')
  t.same(web.split, { c: 60, a: 90, b: 30 })
  t.same(sessions(18), [6, 9, 3])
  t.same(
    web.routes.map(({ configured }) => configured),
    [60, 90, 10],
  )
})

t.test('a backend that left and came back has its configured weight', async (t) => {
  const { registry, web, reload, sessions } = await start('{ a = 3, b = 1 }')
  registry.setSplit(web, { b: 0 }, 'test')
  await reload('"a"')
  t.same(web.split, { a: 3 })
  await reload('{ a = 3, b = 1 }')
  t.same(sessions(8), [6, 2])
})

t.test('when the backends that had all the weight leave, the configured weights hold: somebody serves', async (t) => {
  const { registry, web, reload, sessions } = await start('{ a = 1, b = 3, c = 1 }')
  registry.setSplit(web, { a: 0, b: 0 }, 'test')
  await reload('{ a = 1, b = 3 }')
  t.same(web.split, { a: 1, b: 3 })
  t.same(sessions(8), [2, 6])
})

t.test('a split that would leave nobody to serve is not taken; unknown names are passed over', async (t) => {
  const { registry, web } = await start('{ a = 1, b = 3 }')
  registry.on('split', () => t.fail('nothing changed'))
  registry.setSplit(web, { a: 0, b: 0 }, 'test')
  registry.setSplit(web, { c: 5, a: 1 }, 'test')
  t.same(web.split, { a: 1, b: 3 })
})
