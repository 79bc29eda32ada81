/** A reload makes the registry what the file says, all or nothing, and leaves alone what the edit did not touch. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a config names variables
import { EventEmitter, once } from 'node:events'
import fc from 'fast-check'
import t from 'tap'
import type { Config } from '../../../src/config/config.js'
import { formatDifference } from '../../../src/config/difference/format.js'
import type { ConfigResult } from '../../../src/config/load.js'
import { readConfig } from '../../../src/config/load.js'
import { Audit } from '../../../src/control/audit/audit.js'
import { takeAdvice } from '../../../src/control/health/advice.js'
import { buildRegistry } from '../../../src/control/registry/build.js'
import { withServer } from '../../../src/control/registry/declared.js'
import type { Registry } from '../../../src/control/registry/registry.js'
import { shapeOf } from '../../../src/control/registry/shape.js'
import type { ReloadResult } from '../../../src/control/reload/reload-result.js'
import { Reloader } from '../../../src/control/reload/reloader.js'
import type { Ask } from '../../../src/control/resolver/answer.js'
import { Resolver } from '../../../src/control/resolver/resolver.js'
import { StateKeeper } from '../../../src/control/state/keeper.js'
import { Topology } from '../../../src/control/topology/topology.js'
import { BindError } from '../../../src/control/workers/bind-error.js'
import type { Shape } from '../../../src/core/messages.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'
import { configOf, configText } from '../../config/arbitrary-config.js'
import { options, SECRET } from '../../config/options.js'
import { ManualTiming } from '../small-registry.js'

const R1 = '{ name = "r1", address = "10.0.0.1:1" }'
const R2 = '{ name = "r2", address = "10.0.0.2:1" }'

function file(servers: readonly string[], more = ''): string {
  return `${more}
[frontends.in]
listen = "tcp://127.0.0.1:1"
backend = "db"
[backends.db]
policy = "maglev"
servers = [${servers.join(', ')}]
`
}

const ADDRESS: Ask = async () => ({ hosts: ['10.9.9.9'], ttlMs: 60_000, unanswered: [] })

/** A daemon without sockets: everything that a reload changes, and a file that the test writes. */
async function running(text: string, ask = ADDRESS) {
  const config = await configOf(text)
  const registry = newRegistry(config)
  const shapes: Shape[] = []
  const disk: { text: string; reads: number; portInUse: boolean; obstacle: string | undefined } = {
    text,
    reads: 0,
    portInUse: false,
    obstacle: undefined,
  }
  const workers = {
    async configure(shape: Shape) {
      await new Promise(setImmediate)
      if (disk.portInUse) throw new BindError('tcp://127.0.0.1:1 of frontend in', 'EADDRINUSE')
      shapes.push(shape)
      return []
    },
  }
  const timing = new ManualTiming()
  const resolver = new Resolver(registry, ask, timing)
  await resolver.start()
  const addressOf = resolver.addressOf.bind(resolver)
  const topology = new Topology({ registry, workers, records: () => true, addressOf })
  const keeper = new StateKeeper({ path: undefined, config, entries: [], audit: new Audit(registry) })
  const load = async (path: string): Promise<ConfigResult> => {
    disk.reads++
    return readConfig(disk.text, path, options)
  }
  const done: string[] = []
  const inForce: Config[] = []
  const reloader = new Reloader({
    path: 'headgate.toml',
    config,
    load,
    registry,
    topology,
    keeper,
    resolver,
    obstacle: () => disk.obstacle,
    onInForce: (next) => inForce.push(next),
    onDone: (by, result) => done.push(`${by}: ${wordsOf(result)}`),
  })
  const reload = async (next: string) => {
    disk.text = next
    return wordsOf(await reloader.reload('test'))
  }
  return { registry, topology, keeper, reloader, reload, disk, shapes, done, inForce, timing }
}

function newRegistry(config: Config): Registry {
  const capacity = { servers: 64, backends: 16, frontends: 16, workers: 1 }
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity)
  return buildRegistry(config, board, Date.now())
}

function wordsOf(result: ReloadResult): string {
  return result.ok ? formatDifference(result.changes) : `refused: ${result.why}`
}

function server(registry: Registry, name: string) {
  const found = registry.backend('db')?.server(name)
  if (!found) throw new Error(`no server ${name}`)
  return found
}

const names = (registry: Registry) => registry.backend('db')?.servers.map(({ name }) => name)

t.test('a file without a change tells the workers nothing', async (t) => {
  const { reload, shapes, done } = await running(file([R1]))
  t.equal(await reload(file([R1])), '')
  t.equal(shapes.length, 0)
  t.same(done, ['test: '])
})

t.test('servers come and go, weights and policies change', async (t) => {
  const { reload, registry } = await running(file([R1, R2]))
  const r2 = server(registry, 'r2')
  await reload(file([R2.replace(' }', ', weight = 7, max_sessions = 9 }')]).replace('maglev', 'least-conn'))
  t.same(names(registry), ['r2'])
  t.equal(server(registry, 'r2'), r2, 'it is still the same one')
  t.equal(r2.weight, 7)
  t.equal(r2.maxSessions, 9)
  t.equal(registry.backend('db')?.settings.policy.name, 'least-conn')
})

t.test('what an agent said holds, unless the file was edited there or has no agent any more', async (t) => {
  for (const agent of ['agent = { port = 9999 }', 'check = { type = "agent", interval = "60s" }']) {
    const text = (limit: number, weight: number, keys = agent) =>
      file([R1.replace(' }', `, max_sessions = ${limit} }`), R2.replace(' }', `, weight = ${weight} }`)]).replace(
        'policy',
        `${keys}\npolicy`,
      )
    const { registry, reload } = await running(text(9, 100))
    const r1 = server(registry, 'r1')
    const standing = () => [r1.admin, r1.maxSessions]
    takeAdvice(registry, r1, { admin: 'drain', maxSessions: 5 })
    await reload(text(9, 50))
    t.same(standing(), ['drain', 5], agent)
    await reload(text(5, 50))
    await reload(text(7, 50))
    t.same(standing(), ['drain', 7], 'an edit wins')
    takeAdvice(registry, r1, { maxSessions: 6 })
    registry.setAdmin(r1, 'maint', 'operator')
    await reload(text(7, 40))
    t.same(standing(), ['maint', 6], 'an operator’s word is kept by another')
    takeAdvice(registry, r1, { admin: 'drain' })
    await reload(text(7, 40, ''))
    t.same(standing(), ['ready', 7], 'nobody would take it back')
  }
})

t.test('a file with errors changes nothing, and the next good one does', async (t) => {
  const { reload, registry, shapes, done } = await running(file([R1]))
  const bad = file([R1, R2.replace('10.0.0.2:1', '10.0.0.2')])
  t.match(await reload(bad), 'refused: headgate.toml:7: backends.db.servers[1].address: found "10.0.0.2"')
  t.equal(shapes.length, 0)
  t.same(names(registry), ['r1'])
  t.match(done, ['test: refused: headgate.toml:7'])
  t.match(await reload(file([R1, R2])), '+ server db/r2')
})

t.test('a port in use changes nothing, and is said with what to do', async (t) => {
  const { reload, registry, disk } = await running(file([R1]))
  disk.portInUse = true
  t.match(await reload(file([R1, R2])), 'refused: cannot bind tcp://127.0.0.1:1 of frontend in: the address is in use')
  t.same(names(registry), ['r1'])
  disk.portInUse = false
  t.match(await reload(file([R1, R2])), '+ server db/r2', 'the difference is still to be made')
  t.same(names(registry), ['r1', 'r2'])
})

t.test('no room on the scoreboard changes nothing', async (t) => {
  const { reload, registry } = await running(file([R1]))
  const many = Array.from({ length: 70 }, (_, i) => `{ name = "n${i}", address = "10.0.1.${i}:1" }`)
  t.match(await reload(file(many)), /^refused: no room for more than 64 servers/)
  t.same(names(registry), ['r1'])
})

t.test('while nothing can be reloaded it is refused', async (t) => {
  const { reload, disk } = await running(file([R1]))
  disk.obstacle = 'headgate is stopping'
  t.equal(await reload(file([R2])), 'refused: headgate is stopping')
  t.equal(disk.reads, 0)
})

t.test('a dry run tells the same and changes nothing', async (t) => {
  const { reloader, registry, disk, shapes, done } = await running(file([R1]))
  disk.text = file([R1, R2])
  const result = await reloader.compare()
  t.match(result, { ok: true, applied: false, changes: [{ change: 'added', name: 'db/r2' }] })
  t.same(names(registry), ['r1'])
  t.equal(shapes.length, 0)
  t.same(done, [], 'and nothing is logged')
})

t.test('what operators set stays, unless the edit touched it', async (t) => {
  const { reload, registry, topology } = await running(file([R1, R2]))
  registry.setWeight(server(registry, 'r1'), 5, 'operator')
  registry.setWeight(server(registry, 'r2'), 6, 'operator')
  registry.setAdmin(server(registry, 'r2'), 'drain', 'operator')
  const added = { name: 'r3', address: { family: 4, host: '10.0.0.3', port: 1 }, weight: 8, maxSessions: 0 } as const
  await topology.change(
    (declared) => ({
      ...declared,
      backends: declared.backends.map((one) => ({ ...one, servers: [...one.servers, added] })),
    }),
    'operator',
  )
  await reload(file([R1, R2.replace(' }', ', weight = 50 }')], '[runtime]\nmax_sessions = 3\n'))
  t.equal(server(registry, 'r1').weight, 5)
  t.equal(server(registry, 'r2').weight, 50)
  t.equal(server(registry, 'r2').admin, 'drain')
  t.same(names(registry), ['r1', 'r2', 'r3'])
  t.equal(registry.board.maxSessions, 3)
})

t.test(
  'values of variables are told by name, also of what came into the file in plain and was moved out',
  async (t) => {
    const check = (word: string) => `check = { type = "exec", command = ["/bin/false", ${word}] }`
    const withCheck = (word: string) => file([R1]).replace('policy =', `${check(word)}\npolicy =`)
    const { reload, reloader, disk } = await running(withCheck('"hunter2 & co"'))
    t.equal(await reload(withCheck('"${SECRET}"')), '', 'the same value')
    disk.text = withCheck('"${NUMBER}"')
    const tried = await reloader.compare()
    t.equal(wordsOf(tried), '~ backend db check.command [/bin/false, ${SECRET}] → [/bin/false, ${NUMBER}]')
    t.notMatch(JSON.stringify(tried), SECRET)
    t.equal(await reload(disk.text), wordsOf(tried))
    t.equal(
      await reload(withCheck('"none"')),
      '~ backend db check.command [/bin/false, ${NUMBER}] → [/bin/false, none]',
      'the config in force remembers',
    )
  },
)

t.test('a key that takes a restart is told by the variable that it was started with', async (t) => {
  const { reload } = await running(file([R1], '[runtime]\nworkers = "${NUMBER}"\nmax_sessions = "${NUMBER}"'))
  const next = file([R1], '[runtime]\nworkers = 4\nmax_sessions = "${BIG}"')
  t.equal(
    await reload(next),
    '~ runtime workers ${NUMBER} → 4 (takes a restart)\n~ runtime max_sessions ${NUMBER} → ${BIG}',
  )
  t.equal(await reload(next), '~ runtime workers ${NUMBER} → 4 (takes a restart)', 'again')
})

t.test('reloads wait for one another, and those that wait are served by one', async (t) => {
  const { reloader, disk, registry } = await running(file([R1]))
  const first = reloader.reload('first')
  disk.text = file([R1, R2])
  const [second, third] = [reloader.reload('second'), reloader.reload('third')]
  const results = await Promise.all([first, second, third])
  t.ok(results.every(({ ok }) => ok))
  t.equal(results[1], results[2])
  t.ok(disk.reads <= 2)
  t.same(names(registry), ['r1', 'r2'])
})

t.test('a reload asked for while one is under way reads the file after it', async (t) => {
  const { reloader, disk, registry, shapes } = await running(file([R1]))
  disk.text = file([R2])
  const first = reloader.reload('first')
  while (shapes.length === 0) await new Promise(setImmediate)
  disk.text = file([R1, R2])
  await Promise.all([first, reloader.reload('second')])
  t.equal(disk.reads, 2)
  t.same(names(registry), ['r1', 'r2'])
})

t.test('a key that takes a restart is told each time, and the rest of the file is applied', async (t) => {
  const { reload, inForce, registry } = await running(file([R1]))
  const edited = file([R1, R2], '[runtime]\nworkers = 3\nlog = { level = "debug" }\n')
  t.match(await reload(edited), /workers auto → 3 \(takes a restart\)\n.*log.level info → debug\n\+ server db\/r2/)
  t.match(inForce, [{ runtime: { workers: 'auto', log: { level: 'debug' } } }])
  t.same(names(registry), ['r1', 'r2'])
  t.equal(await reload(edited), '~ runtime workers auto → 3 (takes a restart)')
})

t.test('a server at a new name has its address before it takes the first session', async (t) => {
  const { reload, registry, shapes } = await running(file([R1]))
  await reload(file([R1.replace('10.0.0.1', 'db.test'), '{ name = "r3", address = "DB.test:2" }']))
  t.match(shapes[0]?.backends[0]?.servers, [
    { name: 'r1', address: { host: '10.9.9.9', port: 1 } },
    { name: 'r3', address: { host: '10.9.9.9', port: 2 } },
  ])
  t.equal(server(registry, 'r1').health, 'up')
  t.equal(server(registry, 'r3').health, 'up')
  t.equal(shapes.length, 1, 'the workers need not be told twice')
})

t.test('a name that does not resolve leaves its server down, and one that nobody has is not asked again', async (t) => {
  const ask: Ask = async () => {
    throw new Error('no such name')
  }
  const { reload, registry, timing } = await running(file([R1]), ask)
  await reload(file([R1.replace('10.0.0.1', 'db.test'), R2]))
  t.equal(server(registry, 'r1').health, 'down')
  t.equal(server(registry, 'r2').health, 'up')
  t.same(timing.pending, [1_000])
  await reload(file([R1, R2]))
  t.same(timing.pending, [])
  t.equal(server(registry, 'r1').health, 'up')
})

t.test('a server that is added while a name is asked for hinders no reload', { timeout: 5_000 }, async (t) => {
  const asking = new EventEmitter<{ asked: []; answer: [] }>()
  const ask: Ask = async (host) => {
    asking.emit('asked')
    await once(asking, 'answer')
    return ADDRESS(host)
  }
  const { reload, registry, topology, timing } = await running(file([R1]), ask)
  const asked = once(asking, 'asked')
  const edited = file([R1, '{ name = "r3", address = "db.test:2" }'])
  const reloaded = reload(edited)
  await asked
  const r4 = { name: 'r4', address: { family: 4, host: '10.0.0.4', port: 1 }, weight: 1, maxSessions: 0 } as const
  await topology.change((declared) => withServer(declared, 'db', r4), 'operator')
  asking.emit('answer')
  t.match(await reloaded, '+ server db/r3')
  t.match(server(registry, 'r3').resolved, { host: '10.9.9.9', port: 2 })
  t.equal(await reload(edited), '', 'and the next one has its turn')
  await reload(file([R1]))
  t.same(timing.pending, [], 'nobody asks for it any more')
})

/** All that there is to know of a registry but for rows and history. */
function content(registry: Registry): unknown {
  const { frontends, backends } = shapeOf(registry, true)
  const name = new Map(registry.backends.map((backend) => [backend.id, backend.name]))
  return {
    frontends: frontends.map(({ id: _, backends: fed, ...rest }) => ({ ...rest, fed: fed.map((id) => name.get(id)) })),
    backends: backends.map(({ id: _, servers, ...rest }) => ({
      ...rest,
      servers: servers.map(({ slot: __, ...server }) => server),
    })),
    // the weight of an only backend means nothing
    limits: registry.frontends.map(({ maxSessions, split, routes }) => [maxSessions, routes.length > 1 && split]),
    servers: registry.backends.flatMap((backend) =>
      backend.servers.map((one) => [one.path, one.weight, one.maxSessions, one.admin, backend.settings.check]),
    ),
    maxSessions: registry.board.maxSessions,
  }
}

t.test('whatever the two files, afterwards everything is as if it had been started with the second', () => {
  const silent: Ask = async () => ({ hosts: ['10.9.9.9'], ttlMs: 60_000, unanswered: [] })
  const property = fc.asyncProperty(configText, configText, async (before, after) => {
    const { reload, registry } = await running(before, silent)
    await reload(after)
    const fresh = newRegistry(await configOf(after))
    await new Resolver(fresh, silent, new ManualTiming()).start()
    const [is, shouldBe] = [content(registry), content(fresh)].map((all) => JSON.stringify(all))
    if (is !== shouldBe) throw new Error(`${is}\n${shouldBe}`)
  })
  return fc.assert(property, { numRuns: 40 })
})
