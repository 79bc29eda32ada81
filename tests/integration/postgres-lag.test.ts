/** Replicas of a real PostgreSQL that stop to replay: who reads from whom, by time and by bytes, and what when all are behind. */
import { Client } from 'pg'
import t, { type Test } from 'tap'
import type { LogLine } from '../support/daemon.js'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS, type PostgresServer } from '../support/postgres.js'
import { type Balanced, balance, nameOf, sections } from '../support/postgres-balanced.js'
import { PostgresCluster, REPLICATION_PROGRAMS } from '../support/postgres-cluster.js'
import { PostgresLoad, PREPARE_FOR_WRITERS } from '../support/postgres-load.js'

const MAX_LAG = 'max_lag = "1s"'
const IDLE_MS = 2_500
const BETWEEN_RECORDS_MS = 150

const skip = skipEngine('linux') || skipWithout(...POSTGRES_PROGRAMS, ...REPLICATION_PROGRAMS)

t.test('replicas of PostgreSQL that are behind', { skip, timeout: 120_000 }, async (t) => {
  const cluster = await PostgresCluster.start()
  t.teardown(() => cluster.stop())
  await cluster.primary.sql(PREPARE_FOR_WRITERS)
  const bench = { cluster, ...(await balance(cluster, { backend: MAX_LAG })) }
  t.teardown(() => bench.daemon.stop())
  await bothServe(bench)

  await t.test('with nothing to replay none is behind, however old the last change', (t) => whileIdle(t, bench))

  const writers = new PostgresLoad({ port: bench.rw, does: 'write', clients: 2, pauseMs: 10 })
  t.teardown(() => writers.stop())
  await t.test('one that stops to replay takes no new sessions, and its query goes on', (t) => oneStops(t, bench))
  await t.test('the same by bytes of log', async (t) => {
    await configure(bench, 'max_lag = "64kB"')
    await oneStops(t, bench)
  })
  await t.test('all are behind', (t) => allStop(t, bench))
  await t.test('a weight by lag', (t) => weightByLag(t, bench))
  t.ok(
    writers.failures.every(({ words }) => words === ''),
    'no writer was told of anything',
  )
})

interface Bench extends Balanced {
  readonly cluster: PostgresCluster
}

/** What the primary writes and does not flush at once is no change to wait for. */
async function whileIdle(t: Test, { cluster, daemon }: Bench): Promise<void> {
  const mark = daemon.program.lines.length
  const message = "select pg_logical_emit_message(false, 'test', repeat('x', 20000))"
  const writes = Math.ceil(IDLE_MS / BETWEEN_RECORDS_MS)
  for (let i = 0; i < writes; i++) await cluster.primary.sql(`${message}, pg_sleep(${BETWEEN_RECORDS_MS / 1_000})`)
  t.notOk(daemon.log.slice(mark).some(({ event }) => event === 'lagging'))
}

async function oneStops(t: Test, bench: Bench): Promise<void> {
  const { cluster, daemon } = bench
  const replica = replicaOf(bench)
  const name = nameOf(cluster, replica)
  const mark = daemon.program.lines.length
  const reader = await readerOn(bench, replica)
  const longQuery = reader.query("select pg_sleep(5), 'well' as ended")

  await replica.sql('select pg_wal_replay_pause()')
  const line = await daemon.logged(tellsOf('lagging', name), 10_000, mark)
  t.match(line.msg, /takes no new sessions: .* behind$/)
  t.notOk(await isReadFrom(bench, replica), 'no new session')
  t.match((await serverOf(bench, replica)).database, { role: 'replica', lagging: true, serves: [] })

  await replica.sql('select pg_wal_replay_resume()')
  await daemon.logged(tellsOf('caught-up', name), 10_000, mark)
  t.ok(await isReadFrom(bench, replica), 'new sessions again')
  t.equal((await longQuery).rows[0]?.ended, 'well', 'its long query was not cut')
  await reader.end()
}

async function allStop(t: Test, bench: Bench): Promise<void> {
  const { cluster, daemon } = bench
  const mark = daemon.program.lines.length
  const first = replicaOf(bench)
  const others = cluster.others.filter((server) => server !== first)
  await first.sql('select pg_wal_replay_pause()')
  await daemon.logged(tellsOf('lagging', nameOf(cluster, first)), 10_000, mark)
  for (const server of others) await server.sql('select pg_wal_replay_pause()')
  for (const server of others) await daemon.logged(tellsOf('lagging', nameOf(cluster, server)), 10_000, mark)

  t.strictSame(await readFrom(bench), namesOf(cluster, others), 'least-lagged: those that stopped last')
  await configure(bench, 'max_lag = "64kB"\non_all_lagging = "primary"')
  t.strictSame(await readFrom(bench), [nameOf(cluster, cluster.primary)], 'primary')
  await configure(bench, 'max_lag = "64kB"\non_all_lagging = "refuse"')
  t.strictSame(await readFrom(bench, bench.replicas), [], 'refuse')
  t.strictSame(await readFrom(bench), [nameOf(cluster, cluster.primary)], 'refuse, where the primary is asked for, too')

  for (const server of cluster.others) await server.sql('select pg_wal_replay_resume()')
  await bothServe(bench)
  t.strictSame(await readFrom(bench), namesOf(cluster, cluster.others), 'all, once they have caught up')
}

async function weightByLag(t: Test, bench: Bench): Promise<void> {
  await configure(bench, 'max_lag = "1h"\nweight_by_lag = true')
  const replica = replicaOf(bench)
  const effective = async () => (await serverOf(bench, replica)).weight.effective
  await eventually('as good as level', async () => (await effective()) === 100)
  await configure(bench, 'max_lag = "4s"\nweight_by_lag = true')
  await replica.sql('select pg_wal_replay_pause()')
  await eventually('less the further it is behind', async () => (await effective()) < 60)
  t.ok((await effective()) >= 10)
  await replica.sql('select pg_wal_replay_resume()')
  await eventually('all of it when it has caught up', async () => (await effective()) > 90)
}

function replicaOf({ cluster }: Bench): PostgresServer {
  const [replica] = cluster.others
  if (!replica) throw new Error('two replicas were asked for')
  return replica
}

function namesOf(cluster: PostgresCluster, servers: readonly PostgresServer[]): string[] {
  return servers.map((server) => nameOf(cluster, server)).sort()
}

function tellsOf(event: string, server: string): (line: LogLine) => boolean {
  return (line) => line.event === event && line.server === server
}

async function configure({ cluster, daemon }: Bench, backend: string): Promise<void> {
  daemon.edit(sections(cluster.servers, backend))
  await daemon.ask('reload')
}

async function serverOf({ cluster, daemon }: Bench, server: PostgresServer) {
  const found = (await daemon.status()).backends[0]?.servers.find(({ name }) => name === nameOf(cluster, server))
  if (!found) throw new Error('no such server')
  return found
}

async function bothServe(bench: Bench): Promise<void> {
  const serves = async (server: PostgresServer) => (await serverOf(bench, server)).database?.serves.includes('replica')
  for (const server of bench.cluster.others) await eventually('it serves', async () => (await serves(server)) === true)
}

async function connected(port: number): Promise<Client> {
  const client = new Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' })
  client.on('error', () => {})
  await client.connect()
  return client
}

async function portOf(client: Client): Promise<number> {
  return (await client.query<{ port: number }>('select inet_server_port() as port')).rows[0]?.port ?? 0
}

const CONNECTS = 12

/** Who takes new sessions for reads, by name; nobody where they are refused. */
async function readFrom({ cluster, ro }: Bench, port = ro): Promise<readonly string[]> {
  // all at the same time, so that the policy spreads them over whoever there is
  const tries = await Promise.allSettled(Array.from({ length: CONNECTS }, () => connected(port)))
  const clients = tries.flatMap((tried) => (tried.status === 'fulfilled' ? [tried.value] : []))
  const ports = await Promise.all(clients.map(portOf))
  await Promise.all(clients.map((client) => client.end()))
  return namesOf(
    cluster,
    cluster.servers.filter(({ port }) => ports.includes(port)),
  )
}

async function isReadFrom(bench: Bench, server: PostgresServer): Promise<boolean> {
  return (await readFrom(bench)).includes(nameOf(bench.cluster, server))
}

async function readerOn({ ro }: Bench, server: PostgresServer): Promise<Client> {
  const clients = await Promise.all(Array.from({ length: CONNECTS }, () => connected(ro)))
  const ports = await Promise.all(clients.map(portOf))
  const reader = clients.find((_, i) => ports[i] === server.port)
  await Promise.all(clients.filter((client) => client !== reader).map((client) => client.end()))
  if (!reader) throw new Error(`no session came to port ${server.port}`)
  return reader
}
