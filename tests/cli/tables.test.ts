import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { WorkerColumn } from '../../src/core/scoreboard/column.js'
import { NOW } from '../control/runtime-api/captured-registry.js'
import { startHarness } from '../control/runtime-api/harness.js'
import { headgate } from './terminal.js'

async function busyDaemon() {
  const harness = await startHarness()
  const worker = new WorkerColumn(harness.registry.board, 0)
  for (let i = 0; i < 14; i++) {
    worker.enterAll()
    worker.enterFrontend(0)
    worker.enterServer(0)
  }
  worker.countFrontend(0, 'accepted', 12_347)
  worker.countFrontend(0, 'sessions', 12_345)
  worker.countFrontend(0, 'refusedNoServer', 2)
  worker.countFrontend(0, 'bytesIn', 1_234_567)
  worker.countFrontend(0, 'bytesOut', 98_765_432_100)
  worker.countServer(0, 'sessions', 12_345)
  worker.countServer(0, 'bytesIn', 1_234_567)
  worker.countServer(0, 'bytesOut', 98_765_432_100)
  const { registry, workers } = harness
  const pg2 = registry.backend('be_pg')?.server('pg2')
  if (pg2) registry.setAdmin(pg2, 'drain', 'the test')
  const common = {
    protocol: 'tcp',
    frontend: 'fe_pg',
    backend: 'be_pg',
    bytesIn: 1_500,
    bytesOut: 0,
    idleMs: 400,
  } as const
  const at = { frontend: 0, backend: 0, server: 0 }
  workers.sessions = [
    { ...common, id: '0-1', server: 'pg1', client: '192.0.2.7:50000', ageMs: 3 * 86_400_000 + 7_200_000, at },
    {
      ...common,
      id: '0-22',
      bytesIn: 1_501,
      idleMs: 500,
      client: '[2001:db8:1234:5678:9abc:def0:1234:5678]:50001',
      ageMs: 65_000,
      at: { ...at, server: -1 },
    },
  ]
  return { ...harness, env: { HEADGATE_SOCKET: harness.path } }
}

t.test('servers: a table of all, then why some take no new sessions', async (t) => {
  const { env, close } = await busyDaemon()
  const { code, out } = await headgate(['servers', 'be_pg'], { env })
  t.equal(code, 0)
  const began = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString()
  t.equal(
    out,
    `SERVER     ADDRESS          STATE  SINCE  WEIGHT  LIVE  TOTAL    IN  OUT
be_pg/pg1  127.0.0.1:26111  UP       26s     100    14  12345  1.2M  99G
be_pg/pg2  127.0.0.1:26112  DRAIN     0s      50     0      0     0    0
be_pg/pg3  127.0.0.1:26113  UP       25s       1     0      0     0    0
be_pg/pg4  127.0.0.1:26114  DOWN     26s       1     0      0     0    0

be_pg/pg2 takes no new sessions:
  health up since ${began(25)} (25s)
  admin state drain, set by the test 0s ago: no new sessions
  last probe 0s ago: L4OK, connected in 0 ms, after 0.0ms

be_pg/pg4 takes no new sessions:
  health down since ${began(26)} (26s): Connection refused
  admin state ready, as configured
  last probe 0s ago: L4CON refused, Connection refused, after 0.0ms
`,
  )
  const json = JSON.parse((await headgate(['servers', '--json'], { env })).out)
  t.equal(json.length, 10)
  t.match(json[0], { path: 'be_pg/pg1', sessions: { live: 14 } })
  await close()
})

t.test('status: one line of verdict, what is amiss, frontends, backends', async (t) => {
  const { env, close } = await busyDaemon()
  t.equal(
    (await headgate(['status'], { env })).out,
    `headgate 0.1.0 is degraded: up 26s, portable engine, 2 workers, pid 4711
14 sessions now, 0 new per second, 12345 in all
  frontend fe_pg: 2 of 4 servers of be_pg take new sessions
    be_pg/pg4 is down: Connection refused

FRONTEND  LISTENS ON             BACKEND    LIVE  PER S  TOTAL  REFUSED    IN  OUT
fe_pg     tcp://127.0.0.1:26100  be_pg    14/500      0  12345        2  1.2M  99G

BACKEND    POLICY       SERVING  LIVE  PER S  TOTAL
be_pg      round-robin  2 of 4     14      0  12345
be_nochk   least-conn   2 of 2      0      0      0
be_src     source       2 of 2      0      0      0
be_static  first        2 of 2      0      0      0
`,
  )
  t.match(JSON.parse((await headgate(['status', '--json'], { env })).out), { status: 'degraded', pid: 4711 })
  const { out } = await headgate(['status'], { env, columns: 80 })
  t.match(out, /tcp:\/\/127\.0\.0\.1:\d+ /, 'no address loses its port on a terminal of 80 columns')
  await close()
})

t.test('sessions: oldest first, filtered', async (t) => {
  const { env, close } = await busyDaemon()
  t.equal(
    (await headgate(['sessions'], { env })).out,
    `ID    CLIENT                                          FRONTEND  SERVER           AGE  IDLE    IN  OUT
0-1   192.0.2.7:50000                                 fe_pg     be_pg/pg1       3d2h    0s  1.5k    0
0-22  [2001:db8:1234:5678:9abc:def0:1234:5678]:50001  fe_pg     be_pg: waiting  1m5s    0s  1.5k    0
`,
  )
  t.equal((await headgate(['sessions', '--backend', 'be_src'], { env })).out, 'no sessions\n')
  t.same(JSON.parse((await headgate(['sessions', '--server', 'be_pg/pg1', '--json'], { env })).out).length, 1)
  const ids = async (line: string) => {
    const { out } = await headgate(['sessions', '--json', ...line.split(' ')], { env })
    return JSON.parse(out).map(({ id }: { id: string }) => id)
  }
  t.same(await ids('--frontend fe_pg --client 192.0.2.7'), ['0-1'])
  t.same(await ids('--older 2m'), ['0-1'])
  t.same(await ids('--sort age'), ['0-1', '0-22'])
  t.same(await ids('--sort idle'), ['0-22', '0-1'])
  t.same(await ids('--sort bytes'), ['0-22', '0-1'])
  t.equal((await headgate(['sessions', '--sort', 'size'], { env })).code, 2)
  t.match(await headgate(['sessions', '--older', '5'], { env }), { code: 2, err: /Expected a duration such as 30s/ })
  await close()
})

t.test('on a terminal nothing is wider than it, and colour is for those who want it', async (t) => {
  const { env, close } = await busyDaemon()
  for (const command of ['servers', 'status', 'sessions']) {
    const { out } = await headgate([command], { env, columns: 80 })
    const tables = stripVTControlCharacters(out)
      .split('\n')
      .filter((line) => /\S {2}/.test(line.trimStart()))
    t.same(
      tables.filter((line) => line.length > 80),
      [],
      `${command} fits`,
    )
    t.not(stripVTControlCharacters(out), out, `${command} has colour`)
    for (const quiet of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const { out } = await headgate([command], { env: { ...env, ...quiet }, columns: 80 })
      t.equal(stripVTControlCharacters(out), out, `${command} with ${JSON.stringify(quiet)}`)
    }
    const piped = (await headgate([command], { env })).out
    t.equal(stripVTControlCharacters(piped), piped, `${command} into a pipe`)
    t.notMatch(piped, /[ \t]$/m, 'no blanks at the end of a line')
  }
  await close()
})
