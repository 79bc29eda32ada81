/** A replica of a real PostgreSQL is promoted while the primary lives: who takes writes then, and who hears of it. */
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS } from '../support/postgres.js'
import { type Balanced, balance, sections } from '../support/postgres-balanced.js'
import { PostgresCluster, REPLICATION_PROGRAMS } from '../support/postgres-cluster.js'

const skip = skipEngine('linux') || skipWithout(...POSTGRES_PROGRAMS, ...REPLICATION_PROGRAMS)
const METRICS = 'metrics = "127.0.0.1:0"'

t.test('two primaries of PostgreSQL', { skip, timeout: 60_000 }, async (t) => {
  const cluster = await PostgresCluster.start()
  t.teardown(() => cluster.stop())
  const [first, second] = cluster.servers
  if (!first || !second) throw new Error('three servers were asked for')
  const bench = await balance(cluster, { runtime: METRICS })
  const { daemon } = bench
  t.teardown(() => daemon.stop())
  const session = await connected(bench)
  t.equal(await portOf(session), first.port)
  const broken = new Promise<void>((resolve) => session.once('error', () => resolve()))

  await t.test('on_split_brain = "refuse": writes go to neither', async (t) => {
    await cluster.promote(second)
    const alarm = await daemon.logged(({ event }) => event === 'split-brain')
    t.match(alarm, { level: 'error', backend: 'db', servers: ['r1', 'r2'] })
    t.match(alarm.msg, 'r1 and r2 of db each say that they are the primary: writes go to none of them')
    await broken
    t.pass('the session on the former primary was reset')
    await t.rejects(connected(bench), 'a new session is refused')
    t.match((await daemon.status()).backends[0], { primary: null, rivals: ['r1', 'r2'] })
  })
  await t.test('everybody who asks is told', (t) => everybodyIsTold(t, bench))

  await t.test('on_split_brain = "newest-timeline": writes go to the one promoted last', async (t) => {
    daemon.edit(sections(cluster.servers, 'on_split_brain = "newest-timeline"'))
    await daemon.ask('reload')
    const sessions = await Promise.all([connected(bench), connected(bench), connected(bench)])
    t.strictSame(await Promise.all(sessions.map(portOf)), [second.port, second.port, second.port])
    await Promise.all(sessions.map((session) => session.end()))
    t.match((await daemon.status()).backends[0], { primary: 'r2', rivals: ['r1', 'r2'] })
  })

  await t.test('over, when the former primary is a replica', async (t) => {
    await first.stop('fast')
    await cluster.rejoin(first)
    await daemon.logged(({ event }) => event === 'split-brain-over')
    await eventually('all is well', async () => (await daemon.status()).status === 'healthy')
    t.match((await daemon.status()).backends[0], { primary: 'r2', rivals: [] })
  })
})

async function everybodyIsTold(t: Test, { daemon }: Balanced): Promise<void> {
  const { stdout } = await daemon.command('status')
  t.match(stdout, /r1 and r2 of db each say that they are the primary/)
  t.match(stdout, /is unhealthy/)
  const { metrics } = await daemon.logged(({ event }) => event === 'startup')
  const ready = await fetch(`http://${metrics}/ready`)
  t.equal(ready.status, 503)
  t.match(await (await fetch(`http://${metrics}/metrics`)).text(), /^headgate_backend_primaries\{backend="db"\} 2$/m)
}

async function connected({ rw: port }: Balanced): Promise<Client> {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  return client
}

async function portOf(client: Client): Promise<number> {
  return (await client.query<{ port: number }>('select inet_server_port() as port')).rows[0]?.port ?? 0
}
