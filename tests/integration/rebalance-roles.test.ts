/** Readers that are left on a promoted primary: real servers, real promotion. */
import t from 'tap'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS } from '../support/postgres.js'
import { balance } from '../support/postgres-balanced.js'
import { PostgresCluster, REPLICATION_PROGRAMS } from '../support/postgres-cluster.js'
import { liveByServer, PostgresReader } from '../support/postgres-reader.js'

const READERS = 12
const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)
const skip = skipEngine('linux') || skipWithout(...POSTGRES_PROGRAMS, ...REPLICATION_PROGRAMS)

t.test('readers that a promoted primary still has go to the replicas', { skip, timeout: 120_000 }, async (t) => {
  const cluster = await PostgresCluster.start()
  t.teardown(() => cluster.stop())
  const { daemon, replicas } = await balance(cluster, { runtime: 'engine = "linux"' })
  t.teardown(() => daemon.stop())
  const [first, second] = cluster.servers
  if (!first || !second) throw new Error('a cluster has three servers')
  const readers = Array.from({ length: READERS }, () => new PostgresReader())
  for (const reader of readers) await reader.connect(replicas)
  t.teardown(() => Promise.all(readers.map((reader) => reader.end())))
  t.same(await liveByServer(daemon), [0, READERS / 2, READERS / 2])

  await first.kill()
  await cluster.promote(second)
  await daemon.logged(({ event, to }) => event === 'primary-moved' && to === 'r2')
  t.same(await liveByServer(daemon), [0, READERS / 2, READERS / 2], 'readers on the new primary read on')
  const { stdout, code } = await daemon.command('rebalance', 'db', '--idle', '100ms', '--rate', '50/s')
  t.equal(code, 0, stdout)
  await eventually('all are back', async () => sum(await liveByServer(daemon)) === READERS)
  t.same(await liveByServer(daemon), [0, 0, READERS], 'the one replica has them all')

  await cluster.rejoin(first)
  await daemon.logged(({ event, server, to }) => event === 'role' && server === 'r1' && to === 'replica')
  await eventually('the former primary takes reads', async () => {
    const plan = JSON.parse((await daemon.command('rebalance', 'db', '--dry-run', '--json')).stdout)
    return plan.surplus === READERS / 2
  })
  await daemon.command('rebalance', 'db', '--idle', '100ms', '--rate', '50/s')
  await eventually('all are back', async () => sum(await liveByServer(daemon)) === READERS)
  const [back, primary, other] = await liveByServer(daemon)
  t.equal(primary, 0)
  t.ok(Math.abs((back ?? 0) - (other ?? 0)) <= 2, `${back} and ${other}`)
})
