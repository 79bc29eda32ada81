import t from 'tap'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { runtimeApi } from '../../support/runtime-api.js'
import { registryOf } from '../registry-of.js'
import { startHarness } from './harness.js'

const CONFIG = `
[frontends.web]
listen = "tcp://127.0.0.1:8080"
backend = { stable = 90, canary = 10 }
[frontends.plain]
listen = "tcp://127.0.0.1:8081"
backend = "stable"
[backends.stable]
servers = [{ name = "s1", address = "127.0.0.1:81" }, { name = "s2", address = "127.0.0.1:82" }]
[backends.canary]
servers = [{ name = "c1", address = "127.0.0.1:83" }]
`

async function start() {
  const registry = await registryOf(CONFIG)
  const harness = await startHarness({ registry })
  const web = registry.frontend('web')
  const canary = registry.backend('canary')?.server('c1')
  if (!web || !canary) throw new Error('the config has both')
  const ask = async (command: string) => (await runtimeApi(harness.path, command)).replace(/\n$/, '')
  const json = async (command: string) => JSON.parse(await ask(`${command} json`))
  return { ...harness, registry, web, canary, ask, json }
}

t.test('set split changes the weights that are named, and tells what was and what is', async (t) => {
  const { registry, web, ask, json, close } = await start()
  const seen: unknown[] = []
  registry.on('split', ({ name }, was, is, by) => seen.push([name, was, is, by.split(' ')[0]]))
  t.equal(await ask('set split web canary=25'), '', 'silent, as HAProxy is after a change')
  t.same(web.split, { stable: 90, canary: 25 })
  t.same(await json('set split web stable=0 canary=256'), {
    frontend: 'web',
    was: { stable: 90, canary: 25 },
    is: { stable: 0, canary: 256 },
    configured: { stable: 90, canary: 10 },
    unserved: [],
  })
  t.same(web.split, { stable: 0, canary: 256 })
  await ask('set split web canary=256')
  t.same(seen, [
    ['web', { stable: 90, canary: 10 }, { stable: 90, canary: 25 }, 'runtime-api'],
    ['web', { stable: 90, canary: 25 }, { stable: 0, canary: 256 }, 'runtime-api'],
  ])
  t.match(web.lastSplitChange, { by: /^runtime-api/ })
  await close()
})

t.test('what is wrong is said, and nothing changes', async (t) => {
  const { registry, ask, json, close } = await start()
  registry.on('split', () => t.fail('nothing may change'))
  const usage = "'set split' expects <frontend> <backend>=<weight> ...\n"
  const range = 'The weight of canary can only be between 0 and 256 inclusive.\n'
  const cases = {
    'set split': usage,
    'set split web': usage,
    'set split web canary': usage,
    'set split web =5': usage,
    'set split wep canary=5': 'No such frontend.\n',
    'set split web canary=257': range,
    'set split web canary=-1': range,
    'set split web canary=1.5': range,
    'set split web canary=': range,
    'set split web canary=10%': range,
    'set split web canary=0x10': range,
    'set split web canary=1 canary=2': 'Backend canary is named twice.\n',
    'set split web canray=1': "Frontend web does not feed 'canray', only stable, canary.\n",
    'set split web constructor=1': "Frontend web does not feed 'constructor', only stable, canary.\n",
    'set split web stable=5 canary=5 garbage': usage,
    'set split web canary=0 stable=0':
      'Frontend web would have no backend left: one at least needs a weight above 0.\n',
    'set split plain stable=5': 'Frontend plain feeds only stable: name several backends in its config to split it.\n',
  }
  for (const [command, reply] of Object.entries(cases)) t.equal(await ask(command), reply, command)
  t.match(await json('set split web canray=1'), { nearest: 'canary' })
  t.match(await json('set split wep canary=1'), { nearest: 'web' })
  await close()
})

t.test('an operator or user may look and not change', async (t) => {
  const harness = await startHarness({ registry: await registryOf(CONFIG), level: 'operator' })
  t.match(await runtimeApi(harness.path, 'set split web canary=1'), /Permission denied/)
  t.match(await runtimeApi(harness.path, 'show split'), /^# frontend/)
  await harness.close()
})

t.test('show split: who gets how much, and who has no server for it', async (t) => {
  const { registry, canary, ask, json, close } = await start()
  const table = [
    '# frontend backend weight configured share serving',
    'web stable 90 90 0.9000 2',
    'web canary 10 10 0.1000 1',
  ]
  t.equal(await ask('show split'), `${table.join('\n')}\n`)
  t.equal(await ask('show split plain'), `${table[0]}\nplain stable 100 100 1.0000 2\n`)
  t.equal(await ask('show split nobody'), 'No such frontend.\n')
  registry.setHealth(canary, 'down', 'test')
  await ask('set split web canary=30')
  const [web] = await json('show split')
  t.match(web, { frontend: 'web', diverted: 0, changed: { by: /^runtime-api/ } })
  t.same(web.backends[1], { backend: 'canary', weight: { set: 30, configured: 10 }, share: 0.25, serving: 0 })
  t.same((await json('set split web canary=10')).unserved, ['canary'])
  t.same(JSON.parse(await ask('show status json')).frontends[0].backends, [
    { backend: 'stable', weight: { set: 90, configured: 90 }, share: 0.9, serving: 2 },
    { backend: 'canary', weight: { set: 10, configured: 10 }, share: 0.1, serving: 0 },
  ])
  await close()
})

t.test('a frontend is ready while one of its backends with a weight can serve; a lost share is said', async (t) => {
  const { registry, canary, ask, json, close } = await start()
  const check = async () => {
    const { checks } = await json('show status')
    return checks.find(({ name }: { name: string }) => name === 'frontend web')
  }
  t.match(await check(), {
    status: 'healthy',
    words: '2 of 2 servers of stable take new sessions; 1 of 1 server of canary takes new sessions',
  })
  registry.setHealth(canary, 'down', 'connection refused')
  t.match(await check(), {
    status: 'degraded',
    words: /^0 of 1 server of canary takes new sessions, so its share goes to the others; canary\/c1 is down/,
  })
  registry.setHealth(canary, 'up', 'connected')
  const [stable] = registry.backend('stable')?.servers ?? []
  if (stable) registry.setHealth(stable, 'down', 'connection refused')
  t.match(await check(), {
    status: 'degraded',
    words: /^1 of 2 servers of stable take new sessions; stable\/\S+ is down: connection refused$/,
  })
  if (stable) registry.setHealth(stable, 'up', 'connected')
  registry.setHealth(canary, 'down', 'connection refused')
  await ask('set split web canary=0')
  t.match(await check(), { status: 'healthy', words: '2 of 2 servers of stable take new sessions' })
  await ask('set split web canary=1 stable=0')
  t.match(await check(), {
    status: 'unhealthy',
    words: /^0 of 1 server of canary takes new sessions; canary\/c1 is down/,
  })
  await close()
})

t.test('show stat: what a split gave to each of its backends', async (t) => {
  const { registry, web, ask, close } = await start()
  const worker = new WorkerColumn(registry.board, 0)
  const serve = (slot: number, sessions: number, redispatched = 0) => {
    worker.countServer(slot, 'picks', sessions + redispatched)
    worker.countServer(slot, 'redispatches', redispatched)
    worker.countServer(slot, 'sessions', sessions)
  }
  worker.countFrontend(web.id, 'accepted', 103)
  worker.countFrontend(web.id, 'sessions', 100)
  worker.countFrontend(web.id, 'refusedNoServer', 3)
  serve(0, 45)
  serve(1, 48)
  serve(2, 7, 3)
  const rows = (await ask('show stat')).split('\n').map((line) => line.split(','))
  const stot = (name: string, of: string) => rows.find(([proxy, row]) => proxy === name && row === of)?.[7]
  t.equal(stot('web', 'FRONTEND'), '103')
  t.equal(stot('stable', 'BACKEND'), '93')
  t.equal(stot('canary', 'BACKEND'), '7', 'without those that it handed on')
  await close()
})
