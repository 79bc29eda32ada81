/** A real PostgreSQL's primary stops and is back as a replica before its check would have noticed: no write meets it. */
import t from 'tap'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS } from '../support/postgres.js'
import { balance } from '../support/postgres-balanced.js'
import { PostgresCluster, REPLICATION_PROGRAMS } from '../support/postgres-cluster.js'
import { PostgresLoad, PREPARE_FOR_WRITERS, READ_ONLY } from '../support/postgres-load.js'

const skip = skipEngine('linux') || skipWithout(...POSTGRES_PROGRAMS, ...REPLICATION_PROGRAMS)
const WRITERS = 6
const ANSWERS = 50
/** Less than the time between two checks, and time enough for a refused connect and a probe. */
const AWAY_MS = 300

t.test('a primary that is demoted in place', { skip, timeout: 60_000 }, async (t) => {
  const cluster = await PostgresCluster.start(1)
  t.teardown(() => cluster.stop())
  await cluster.primary.sql(PREPARE_FOR_WRITERS)
  await cluster.level()
  const { daemon, rw } = await balance(cluster)
  t.teardown(() => daemon.stop())
  const writers = new PostgresLoad({ port: rw, does: 'write', clients: WRITERS, pauseMs: 10 })
  t.teardown(() => writers.stop())
  await eventually('the load runs', () => writers.answers.length > WRITERS * ANSWERS)

  await cluster.demote(AWAY_MS)
  const [heir] = cluster.others
  if (!heir) throw new Error('one replica was asked for')
  const promotedAt = await cluster.promote(heir)
  const all = () => writers.firstAnswersSince(promotedAt).every((answer) => answer?.port === heir.port)
  await eventually('every writer writes to the new primary', all)
  t.strictSame(
    writers.failures.filter(({ code }) => code === READ_ONLY),
    [],
    'no writer was told that a transaction is read-only',
  )
  t.ok(writers.answers.every(({ follows }) => !follows))
})
