/**
 * A real PostgreSQL under writers that connect for each write. A planned switchover, also under `pgbench -C`: nobody sees an
 * error. The death of the primary: whoever connects then waits for the next one.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { discrepancies } from '../support/conservation.js'
import { Daemon } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { program, skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS } from '../support/postgres.js'
import { MONITOR_PASSWORD, PostgresCluster, REPLICATION_PROGRAMS } from '../support/postgres-cluster.js'
import { Program } from '../support/program.js'

const BENCH_CLIENTS = 8
const WRITERS = 120
/** Between two connects of a writer. */
const REST_MS = 1_500
/** Fewer than the server takes: 100, less those of the checks, of replication and of superusers. */
const MOST_SESSIONS = 60
const LEAST_IN_PAUSE = 100
const LEAST_WAITING = 20
const SECONDS_AFTER = 2

const config = ({ servers }: PostgresCluster) => `
[frontends.rw]
listen = "tcp://127.0.0.1:0"
backend = "pg"
role = "primary"
protocol = "postgres"

[backends.pg]
on_no_server = "wait 10s"
check = { type = "postgres", user = "monitor", password_env = "MONITOR_PASSWORD", interval = "500ms", fall = 2, rise = 1 }
servers = [
${servers.map(({ port }, i) => `  { name = "r${i + 1}", address = "127.0.0.1:${port}", max_sessions = ${MOST_SESSIONS} },`).join('\n')}
]
`

/** Each connects, writes one row, leaves and rests, again and again. */
class Writers {
  /** Milliseconds from its begin to its end, on one clock. */
  readonly connects: { readonly from: number; readonly to: number }[] = []
  readonly failures: string[] = []
  written = 0
  private isOver = false
  private readonly ended: Promise<unknown>

  constructor(private readonly port: number) {
    this.ended = Promise.all(Array.from({ length: WRITERS }, (_, i) => this.write(i)))
  }

  private async write(writer: number): Promise<void> {
    await sleep((REST_MS * writer) / WRITERS)
    while (!this.isOver) {
      const client = new Client({ host: '127.0.0.1', port: this.port, user: 'postgres', database: 'postgres' })
      client.on('error', () => {})
      const from = performance.now()
      try {
        await client.connect()
        this.connects.push({ from, to: performance.now() })
        await client.query('insert into written values ($1)', [writer])
        this.written++
        await client.end()
      } catch (error) {
        this.failures.push(String(error))
      }
      await sleep(REST_MS)
    }
  }

  async stop(): Promise<void> {
    this.isOver = true
    await this.ended
  }
}

const skip = skipWithout(...POSTGRES_PROGRAMS, ...REPLICATION_PROGRAMS)
for (const engine of ENGINES) {
  const options = { skip: skipEngine(engine) || skip, timeout: 120_000 }
  const switchover = `a switchover with pause and resume costs no connection, on the ${engine} engine`
  t.test(switchover, options, (t) => switchOver(t, engine))
  const death = `a primary that dies: with on_no_server = "wait" no new connection is refused, on the ${engine} engine`
  t.test(death, options, (t) => die(t, engine))
}

async function start(t: Test, engine: Engine) {
  const cluster = await PostgresCluster.start(1)
  t.teardown(() => cluster.stop())
  await cluster.primary.sql('create table written (writer int)')
  const env = { MONITOR_PASSWORD }
  const daemon = await Daemon.start(config(cluster), { runtime: `engine = "${engine}"`, env })
  t.teardown(() => daemon.stop())
  await daemon.logged(({ event, to }) => event === 'role' && to === 'primary')
  const [heir] = cluster.others
  if (!heir) throw new Error('one replica was asked for')
  const backend = async () => (await daemon.status()).backends[0]
  return { cluster, heir, daemon, backend, port: await daemon.port('rw') }
}

/** A connection for each transaction. A thread of pgbench that connects for one client lets its others stand, in mid-transaction. */
function startBench(t: Test, port: number): Program {
  const bench = Program.start(program('pgbench'), [
    ...['-C', '-N', '-n', '-c', `${BENCH_CLIENTS}`, '-j', `${BENCH_CLIENTS}`, '-T', '600', '-R', '40'],
    ...['-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres', 'postgres'],
  ])
  t.teardown(() => bench.stop('SIGKILL'))
  return bench
}

async function switchOver(t: Test, engine: Engine): Promise<void> {
  const { cluster, heir, daemon, backend, port } = await start(t, engine)
  const { primary: before } = cluster
  const bench = startBench(t, port)
  const writers = new Writers(port)
  await eventually('every writer has written', () => writers.written >= WRITERS, 30_000)

  const pausedAt = performance.now()
  t.match(await daemon.command('pause', 'pg', '--timeout', '1m'), { code: 0 })
  t.match(await daemon.command('drain', 'pg/r1', '--wait', '--timeout', '20s'), { code: 0 })
  await before.stop('fast')
  await cluster.promote(heir)
  await eventually('enough of them wait', async () => ((await backend())?.waiting.now ?? 0) >= LEAST_IN_PAUSE, 20_000)
  t.match(await daemon.command('resume', 'pg'), { code: 0 })
  const resumedAt = performance.now()
  const pauseMs = resumedAt - pausedAt

  await sleep(SECONDS_AFTER * 1_000)
  await writers.stop()
  await bench.stop('SIGINT')
  const inPause = writers.connects.filter(({ from, to }) => from < resumedAt && to > pausedAt)
  const longestMs = Math.max(...writers.connects.map(({ from, to }) => to - from))
  t.comment(
    `${writers.connects.length} connects of writers, ${inPause.length} of them in a pause of ${pauseMs.toFixed(0)} ms; ` +
      `the longest took ${longestMs.toFixed(0)} ms; waiting at most ${(await backend())?.waiting.peak}`,
  )
  t.ok(inPause.length >= LEAST_IN_PAUSE, `${inPause.length} connects fell into the pause`)
  t.strictSame(writers.failures, [], 'no writer saw an error')
  t.notMatch(bench.lines.join('\n'), /error|aborted|could not|failed: [1-9]/i, 'pgbench saw none')
  t.ok(longestMs < pauseMs + 1_000, `longest connect ${longestMs.toFixed(0)} ms, pause ${pauseMs.toFixed(0)} ms`)
  t.equal(await heir.sql('select count(*) from written'), `${writers.written}`, 'every write is there')
  t.equal((await backend())?.primary, 'r2')
  await isConserved(t, daemon)
}

async function die(t: Test, engine: Engine): Promise<void> {
  const { cluster, heir, daemon, backend, port } = await start(t, engine)
  const writers = new Writers(port)
  await eventually('every writer has written', () => writers.written >= WRITERS, 30_000)
  await cluster.primary.kill()
  const diedAt = performance.now()
  await eventually('some of them wait', async () => ((await backend())?.waiting.now ?? 0) >= LEAST_WAITING)
  await cluster.promote(heir)
  await daemon.logged(({ event, to }) => event === 'primary-moved' && to === 'r2')
  const movedMs = performance.now() - diedAt
  await eventually('nobody waits any more', async () => (await backend())?.waiting.now === 0)
  await writers.stop()
  const { waiting } = (await backend()) ?? {}
  t.comment(
    `new primary after ${movedMs.toFixed(0)} ms; ${waiting?.waited} waited, ${waiting?.peak} at most at one time`,
  )
  t.ok((waiting?.waited ?? 0) >= LEAST_WAITING)
  // what the dying primary had accepted it took with it
  t.ok(writers.failures.length < LEAST_WAITING, `${writers.failures.length} failed: ${writers.failures[0]}`)
  await isConserved(t, daemon)
}

async function isConserved(t: Test, daemon: Daemon): Promise<void> {
  await eventually('all sessions have ended', async () => (await daemon.status()).sessions.live === 0)
  const status = await daemon.status()
  const refused = Object.values(status.frontends[0]?.refused ?? {}).reduce((sum, one) => sum + one, 0)
  t.equal(refused, 0, 'headgate refused nobody')
  t.strictSame(discrepancies(status), [])
}
