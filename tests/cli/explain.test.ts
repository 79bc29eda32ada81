import t from 'tap'
import { WorkerColumn } from '../../src/core/scoreboard/column.js'
import { registryOf } from '../control/registry-of.js'
import { NOW } from '../control/runtime-api/captured-registry.js'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate } from './terminal.js'

const CONFIG = `
[frontends.web]
listen = "tcp://127.0.0.1:8001"
backend = "turns"
max_sessions = 3
[frontends.sticky]
listen = "tcp://127.0.0.1:8002"
backend = "hashed"
[frontends.game]
listen = "udp://127.0.0.1:8003"
backend = "match"

[frontends.split]
listen = "tcp://127.0.0.1:8004"
backend = { turns = 90, hashed = 10 }

[backends.turns]
policy = "round-robin"
check = false
servers = [
  { name = "r1", address = "127.0.0.1:1", weight = 100 },
  { name = "r2", address = "127.0.0.1:2", weight = 50 },
  { name = "r3", address = "127.0.0.1:3", max_sessions = 1 },
]
[backends.hashed]
policy = "source"
check = false
servers = [{ name = "s1", address = "127.0.0.1:1" }, { name = "s2", address = "127.0.0.1:2" }]
[backends.match]
policy = "maglev"
key = "address:port"
check = false
servers = [{ name = "g1", address = "127.0.0.1:1" }, { name = "g2", address = "127.0.0.1:2" }]
`

async function start() {
  const registry = await registryOf(CONFIG, NOW - 60_000)
  const harness = await startHarness({ registry })
  const worker = new WorkerColumn(registry.board, 0)
  const explain = (...args: string[]) => headgate(['explain', ...args], { env: { HEADGATE_SOCKET: harness.path } })
  const server = (path: string) => {
    const [backend = '', name = ''] = path.split('/')
    const found = registry.backend(backend)?.server(name)
    if (!found) throw new Error(`no server ${path}`)
    return found
  }
  return { ...harness, registry, worker, explain, server }
}

t.test(
  'a policy that does not look at the client: who may be next, how likely, and why the others may not',
  async (t) => {
    const { worker, explain, server, registry, close } = await start()
    worker.enterServer(server('turns/r3').slot)
    t.equal(
      (await explain('192.0.2.7', 'web')).out,
      `192.0.2.7 to web: backend turns, policy round-robin
  gets any of 2: the policy does not look at the client
  rule: each server in turn, as often as its weight says

SERVER    NEXT  WEIGHT  LIVE
turns/r1   67%     100     0
turns/r2   33%      50     0
turns/r3     -     100     1

Not eligible:
  turns/r3: at its limit of 1 session
`,
    )
    registry.setAdmin(server('turns/r1'), 'drain', 'the test')
    t.match((await explain('192.0.2.7', 'web')).out, /^ {2}gets turns\/r2, as would anybody now$/m)
    registry.setWeight(server('turns/r2'), 0, 'the test')
    const { out } = await explain('192.0.2.7', 'web')
    t.match(out, /^ {2}gets no server: none can take a session, and the client is refused$/m)
    t.match(out, /^ {2}turns\/r1: drain, set by the test 0s ago$/m)
    t.match(out, /^ {2}turns\/r2: weight 0, set by the test 0s ago$/m)
    await close()
  },
)

t.test('a policy that looks at the client: its server, who stands in for it, and who is next', async (t) => {
  const { explain, server, registry, close } = await start()
  const before = (await explain('192.0.2.7', 'sticky')).out
  const own = /gets (hashed\/s\d)/.exec(before)?.[1] ?? ''
  const other = own === 'hashed/s1' ? 'hashed/s2' : 'hashed/s1'
  t.match(before, new RegExp(`^  should it not connect: ${other}$`, 'm'))
  registry.setHealth(server(own), 'down', 'the test')
  const after = (await explain('192.0.2.7', 'sticky')).out
  t.match(after, new RegExp(`^  gets ${other}$`, 'm'))
  t.match(after, new RegExp(`^  ${own} is its own server, and gets it back as soon as`, 'm'))
  t.match(after, new RegExp(`^  ${own}: down for 0s: the test$`, 'm'))
  await close()
})

t.test('an IPv4 client is the same in every way of writing it; the port counts only where it is hashed', async (t) => {
  const { explain, close } = await start()
  const serverOf = async (...args: string[]) => JSON.parse((await explain(...args, '--json')).out).ways[0].server
  const own = await serverOf('192.0.2.7', 'sticky')
  for (const same of ['192.0.2.7:1', '192.0.2.7:65000', '::ffff:192.0.2.7', '[::ffff:192.0.2.7]:9'])
    t.equal(await serverOf(same, 'sticky'), own, same)
  const byPort = await Promise.all(
    Array.from({ length: 20 }, (_, port) => serverOf(`[2001:db8::7]:${port + 1}`, 'game')),
  )
  t.equal(new Set(byPort).size, 2)
  t.match(await explain('192.0.2.7', 'game'), {
    code: 1,
    err: "headgate: Backend match hashes the client's port too: give it as <address>:<port>.\n",
  })
  await close()
})

t.test('a split: every backend with its share; that of a backend without a server goes to the others', async (t) => {
  const { explain, server, registry, close } = await start()
  const shares = async () =>
    JSON.parse((await explain('192.0.2.7', 'split', '--json')).out).ways.map(
      (way: { backend: string; share: number }) => `${way.backend} ${way.share}`,
    )
  t.same(await shares(), ['turns 0.9', 'hashed 0.1'])
  t.match((await explain('192.0.2.7', 'split')).out, /^192.0.2.7 to split: 10% of its sessions go to backend hashed,/m)
  for (const name of ['s1', 's2']) registry.setAdmin(server(`hashed/${name}`), 'drain', 'the test')
  t.same(await shares(), ['turns 1', 'hashed 0'])
  await close()
})

t.test('a full frontend is said before anything else', async (t) => {
  const { worker, explain, registry, close } = await start()
  for (let i = 0; i < 3; i++) worker.enterFrontend(registry.frontend('web')?.id ?? -1)
  const { out } = await explain('192.0.2.7', 'web')
  t.match(out, /^A new session to web would be refused at present:\n {2}frontend web is at its limit of 3 sessions\n/)
  await close()
})

t.test('what is misspelt is named', async (t) => {
  const { explain, close } = await start()
  t.match(await explain('192.0.2.7', 'sticki'), { code: 1, err: /No such frontend\. Did you mean sticky\?/ })
  t.match(await explain('192.0.2.777', 'web'), {
    code: 2,
    err: /"192\.0\.2\.777" is no client: expected its address, such as/,
  })
  t.match(await explain('192.0.2.7'), { code: 2, err: /missing required argument 'frontend'/ })
  await close()
})
