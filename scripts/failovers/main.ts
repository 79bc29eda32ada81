/**
 * Many failovers of PostgreSQL in a row, behind headgate: the primary dies, a replica is promoted, writers write again,
 * and what was the primary returns as a replica. Exit code 0 when all is well, 1 when not.
 */
import { eventually } from '../../tests/support/eventually.js'
import { balance } from '../../tests/support/postgres-balanced.js'
import { PostgresCluster } from '../../tests/support/postgres-cluster.js'
import { PostgresLoad, PREPARE_FOR_WRITERS } from '../../tests/support/postgres-load.js'
import '../exit-on-signal.js'
import { optionsOrUsage } from '../options-or-usage.js'
import { Journal } from '../soak/journal.js'
import { type Bench, type Failover, failOver } from './failover.js'
import { type Failovers, table, verdict } from './judge.js'
import { type Options, readOptions, USAGE } from './options.js'

const WRITERS = 6
const READERS = 6
/** Of each writer, in some two seconds. */
const ANSWERS = 100

async function run({ failovers: wanted, engine, death, wait }: Options): Promise<Failovers> {
  const cluster = await PostgresCluster.start()
  await cluster.primary.sql(PREPARE_FOR_WRITERS)
  await cluster.level()
  const journal = new Journal()
  const backend = `on_no_server = "${wait ? 'wait 10s' : 'refuse'}"`
  const balanced = await balance(cluster, { runtime: `engine = "${engine}"`, backend, keep: journal.keep })
  const writers = new PostgresLoad({ port: balanced.rw, does: 'write', clients: WRITERS, pauseMs: 10 })
  const readers = new PostgresLoad({
    port: balanced.ro,
    does: 'read',
    clients: READERS,
    perConnection: 20,
    pauseMs: 10,
  })
  const bench: Bench = { ...balanced, cluster, writers, readers }
  const failovers: Failover[] = []
  try {
    await eventually('the load has run for some checks', () => writers.answers.length > WRITERS * ANSWERS)
    while (failovers.length < wanted) failovers.push(await failOver(bench, failovers.length, death))
    await Promise.all([writers.stop(), readers.stop()])
    const lostRows = await lost(cluster, writers)
    return { failovers, writers, readers, journal, lostRows }
  } finally {
    table(failovers)
    await balanced.daemon.stop()
    await cluster.stop()
  }
}

async function lost(cluster: PostgresCluster, writers: PostgresLoad): Promise<number> {
  const rows = (await cluster.primary.sql(`select client || '/' || number from written`)).split('\n')
  const there = new Set(rows)
  return writers.answers.filter(({ client, number }) => !there.has(`${client}/${number}`)).length
}

const options = optionsOrUsage(readOptions, USAGE)
process.exit(verdict(await run(options)) ? 0 : 1)
