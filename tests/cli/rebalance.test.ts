import t from 'tap'
import { registryOf } from '../control/registry-of.js'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate } from './terminal.js'

const CONFIG = `
[frontends.rw]
listen = "tcp://127.0.0.1:8080"
backend = "db"
[frontends.sticky]
listen = "tcp://127.0.0.1:8081"
backend = "sticky"
[frontends.game]
listen = "udp://127.0.0.1:8081"
backend = "game"
[backends.db]
policy = "least-conn"
servers = [{ name = "r1", address = "127.0.0.1:81" }, { name = "r2", address = "127.0.0.1:82" }]
[backends.sticky]
policy = "maglev"
servers = [{ name = "s1", address = "127.0.0.1:83" }]
[backends.game]
servers = [{ name = "g1", address = "127.0.0.1:84" }]
`

/** Sessions on r1 that have rested for so many seconds each. */
async function withDaemon(restedS: readonly number[]) {
  const registry = await registryOf(CONFIG)
  const harness = await startHarness({ registry })
  const at = { frontend: registry.frontend('rw')?.id ?? -1, backend: registry.backend('db')?.id ?? -1, server: 0 }
  harness.workers.sessions = restedS.map((seconds, i) => ({
    id: `0-${i}`,
    protocol: 'tcp',
    frontend: 'rw',
    backend: 'db',
    server: 'r1',
    client: `10.0.0.1:${1_000 + i}`,
    ageMs: 60_000,
    idleMs: seconds * 1_000,
    bytesIn: 1,
    bytesOut: 1,
    at,
  }))
  const say = async (line: string) => {
    const { code, out, err } = await headgate(line.split(' '), { env: { HEADGATE_SOCKET: harness.path } })
    return code === 0 && err === '' ? out : `${code}: ${err}${out}`
  }
  return { ...harness, registry, say }
}

t.test('a dry run shows who has more than its share, and closes nothing', async (t) => {
  const { say, workers, close } = await withDaemon([30, 20, 5, 1])
  t.equal(
    await say('rebalance db --dry-run'),
    [
      'SERVER  SESSIONS OF  SESSIONS  SHARE  TOO MANY  IDLE',
      'r1      any role            4    2.0         2     2',
      'r2      any role            0    2.0         -     0',
      '',
      'db: 2 sessions too many; those idle for 10s can be closed, 5/s: 0.4s at least. Do it: headgate rebalance db',
      '',
    ].join('\n'),
  )
  t.match(JSON.parse(await say('rebalance db --dry-run --idle 1s --rate 30/m --json')), {
    state: 'planned',
    surplus: 2,
    rate: '30/m',
    idleMs: 1_000,
    servers: [{ server: 'r1', role: 'any', sessions: 4, share: 2, idle: 4, surplus: 2 }, { server: 'r2' }],
  })
  t.equal(workers.sessions.length, 4)
  await close()
})

t.test('idle sessions are closed and counted, and what is not back yet is said', async (t) => {
  const { say, workers, close } = await withDaemon([30, 20, 5, 1])
  const said = await say('rebalance db --rate 50/s')
  t.match(said, /^db: 2 sessions too many, closing those idle for 10s, 50\/s\. Stop: headgate rebalance db --stop\n/)
  t.match(said, /\ndb: 2 idle sessions closed in 2\.\ds; 2 not back yet\. Now r1 2, r2 0\n$/)
  t.same(
    workers.sessions.map(({ idleMs }) => idleMs),
    [5_000, 1_000],
    'those that rested longest',
  )
  await close()
})

t.test('sessions in use are left, and the exit code says so', async (t) => {
  const { say, close } = await withDaemon([0, 0, 0, 0])
  const said = await say('rebalance db --idle 100ms')
  t.match(said, /^1: db: 2 sessions too many/)
  t.match(
    said,
    /db: 0 idle sessions closed in \S+; 2 too many still; what is left was in use all the time\. Now r1 4, r2 0/,
  )
  t.match(said, /\nr1 +any role +4 +2\.0 +2 +0\n/, 'a table of who has what')
  await close()
})

t.test('one at a time; --stop ends it, whoever began it', async (t) => {
  const { say, close } = await withDaemon([0, 0, 0, 0])
  t.equal(await say('rebalance db --stop'), '1: headgate: Backend db is not being rebalanced.\n')
  const first = say('rebalance db --json')
  while (!(await say('rebalance db')).includes('is being rebalanced already, by '));
  t.match(await say('rebalance db --stop'), /^db: 0 idle sessions closed in .*; 2 too many still; stopped\./)
  t.match(JSON.parse((await first).slice('1: '.length)), { state: 'stopped', closed: 0, surplus: 2 })
  await close()
})

t.test('where there is nothing to do it is said', async (t) => {
  const { say, close } = await withDaemon([30])
  t.equal(await say('rebalance db'), 'db: every server has its share already, nothing closed\n')
  t.match(await say('rebalance db --dry-run'), 'db: every server has its share, within one session\n')
  await close()
})

t.test('what cannot be rebalanced, and words that are none, are refused with a reason', async (t) => {
  const { say, close } = await withDaemon([])
  const lines = [
    ['rebalance sticky', '1: headgate: Backend sticky cannot be rebalanced: its policy maglev does not give'],
    ['rebalance game', '1: headgate: Backend game cannot be rebalanced: no TCP frontend'],
    ['rebalance dc', '1: headgate: No such backend. Did you mean db?'],
    ['rebalance db --rate 0/s', "2: headgate: option '--rate <rate>' argument '0/s' is invalid. Expected a rate"],
    ['rebalance db --idle soon', "2: headgate: option '--idle <duration>'"],
    ['rebalance db --stop --dry-run', '2: headgate: --stop goes with no other option of rebalance'],
    ['rebalance db --idle 2d', "1: headgate: 'rebalance backend' expects <backend>"],
  ] as const
  for (const [line, printed] of lines) {
    const said = await say(line)
    t.ok(said.startsWith(printed), said)
  }
  await close()
})
