import t from 'tap'
import { registryOf } from '../control/registry-of.js'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate } from './terminal.js'

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

async function withDaemon(config = CONFIG) {
  const registry = await registryOf(config)
  const harness = await startHarness({ registry })
  const env = { HEADGATE_SOCKET: harness.path }
  const say = async (line: string) => {
    const { code, out, err } = await headgate(line.split(' '), { env })
    return code === 0 && err === '' ? out : `${code}: ${err}${out}`
  }
  return { ...harness, registry, say }
}

t.test('split shows the weights, changes them, and tells how to undo it', async (t) => {
  const { registry, path, say, close } = await withDaemon()
  t.equal(
    await say('split'),
    [
      'FRONTEND  BACKEND  WEIGHT  SHARE  CONFIGURED  SERVING',
      'web       stable       90    90%          90        2',
      'web       canary       10    10%          10        1',
      '',
    ].join('\n'),
  )
  const lines = [
    [
      'split web canary=25',
      'stable 90 (90%), canary 10 (10%) → stable 90 (78%), canary 25 (22%). Undo: headgate split web canary=10',
    ],
    [
      'split web canary=25 stable=75',
      'stable 90 (78%), canary 25 (22%) → stable 75 (75%), canary 25 (25%). Undo: headgate split web stable=90',
    ],
    ['split web canary=25', 'stable 75 (75%), canary 25 (25%) already, nothing changed'],
    [
      'split web stable=0 canary=1',
      'stable 75 (75%), canary 25 (25%) → stable 0 (0%), canary 1 (100%). Undo: headgate split web stable=75 canary=25',
    ],
  ] as const
  for (const [line, printed] of lines) t.equal(await say(line), `web: ${printed}\n`, line)
  const { out } = await headgate(['split', 'web', 'stable=256', '--socket', path])
  t.match(out, / → stable 256 \(100%\), canary 1 \(0\.4%\)\. Undo: headgate split web stable=0 --socket \S+\n$/)
  t.same(registry.frontend('web')?.split, { stable: 256, canary: 1 })
  t.match(JSON.parse(await say('split web stable=1 --json')), { was: { stable: 256 }, is: { stable: 1, canary: 1 } })
  t.match(JSON.parse(await say('split plain --json')), [
    { frontend: 'plain', backends: [{ backend: 'stable', share: 1 }] },
  ])
  await close()
})

t.test('a backend that has a weight and no server is said', async (t) => {
  const { registry, say, close } = await withDaemon()
  const canary = registry.backend('canary')?.server('c1')
  if (!canary) throw new Error('the config has one')
  registry.setHealth(canary, 'down', 'test')
  t.match(await say('split web canary=30'), /\ncanary has no server in rotation: its share goes to the others\n$/)
  t.match(await say('split web stable=0'), /\ncanary has no server in rotation: clients are refused\n$/)
  t.match(await say('status'), /stable 0% canary 100%/)
  await close()
})

t.test('what is wrong is said', async (t) => {
  const { say, close } = await withDaemon()
  const cases = {
    'split wep': '1: headgate: No such frontend. Did you mean web?\n',
    'split wep canary=1': '1: headgate: No such frontend. Did you mean web?\n',
    'split web canray=1':
      "1: headgate: Frontend web does not feed 'canray', only stable, canary. Did you mean canary?\n",
    'split web canary=300': '1: headgate: The weight of canary can only be between 0 and 256 inclusive.\n',
    'split web canary': '2: headgate: "canary" is no weight of a backend: expected for example canary=25\n',
    'split web canary=many': '2: headgate: "canary=many" is no weight of a backend: expected for example canary=25\n',
    'split plain stable=5':
      '1: headgate: Frontend plain feeds only stable: name several backends in its config to split it.\n',
  }
  for (const [line, printed] of Object.entries(cases)) t.equal(await say(line), printed, line)
  await close()
})

t.test('where nothing splits it says so', async (t) => {
  const { say, close } = await withDaemon(CONFIG.replace('{ stable = 90, canary = 10 }', '"canary"'))
  t.equal(await say('split'), 'No frontend feeds several backends.\n')
  await close()
})
