/** A pool of real PostgreSQL connections over three servers: one dies, returns, and gets its share back without a query cut. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t, { type Test } from 'tap'
import { Daemon } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS, type PostgresServer, startPostgres } from '../support/postgres.js'
import { liveByServer, PostgresReader } from '../support/postgres-reader.js'

const CONNECTIONS = 30
const LONG_QUERIES = 3
const LONG_S = 8

type Policy = 'least-conn' | 'round-robin'

const config = (servers: readonly PostgresServer[], policy: Policy, more = '') => `
[frontends.db]
listen = "tcp://127.0.0.1:0"
backend = "replicas"

[backends.replicas]
policy = "${policy}"
check = { type = "tcp", interval = "200ms", timeout = "1s", rise = 2, fall = 2 }
on_down = "kill"
${more}
servers = [
${servers.map(({ port }, i) => `  { name = "r${i + 1}", address = "127.0.0.1:${port}" },`).join('\n')}
]
`

/** A pool whose connections are all used now and then, as an application's are. */
class Application {
  readonly failures: string[] = []
  /** Queries that were sent on a connection that had just been closed, and went again on another one. */
  retries = 0
  private readonly pool: pg.Pool
  private isRunning = true
  private readonly working: Promise<void>

  constructor(port: number) {
    this.pool = new pg.Pool({
      host: '127.0.0.1',
      port,
      user: 'postgres',
      database: 'postgres',
      max: CONNECTIONS,
      idleTimeoutMillis: 0,
    })
    // whoever uses a pool hears of idle connections that ended
    this.pool.on('error', () => {})
    this.working = this.work()
  }

  /** Every connection at once, then a rest. */
  private async work(): Promise<void> {
    while (this.isRunning) {
      const queries = Array.from({ length: CONNECTIONS }, () => this.retried('SELECT pg_sleep(0.02)'))
      await Promise.all(queries)
      await sleep(700)
    }
  }

  /** As an application does whose pool may hold a connection that has ended: that such a query ran nowhere is for the servers' logs. */
  private async retried(text: string): Promise<void> {
    try {
      await this.pool.query(text)
    } catch {
      this.retries++
      await this.query(text)
    }
  }

  async query(text: string): Promise<void> {
    await this.pool.query(text).catch((error: Error) => this.failures.push(`${text}: ${error.message}`))
  }

  async stop(): Promise<void> {
    this.isRunning = false
    await this.working
    await this.pool.end()
  }
}

const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts)
const all = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0)

/** The third server dies, the pool goes to the others, the server returns, and the pool stays where it is. */
async function afterOutage(t: Test, daemon: Daemon, third: PostgresServer): Promise<void> {
  await eventually('the pool is connected', async () => all(await liveByServer(daemon)) === CONNECTIONS)
  t.ok(spread(await liveByServer(daemon)) <= 2, `at first ${(await liveByServer(daemon)).join('/')}`)
  await third.kill()
  await eventually('the pool is on two servers', async () => {
    const [, , onThird] = await liveByServer(daemon)
    return onThird === 0 && all(await liveByServer(daemon)) === CONNECTIONS
  })
  await daemon.logged(({ event, server }) => event === 'server-down' && server === 'r3')
  await third.start()
  await daemon.logged(({ event, server }) => event === 'server-up' && server === 'r3')
  t.equal((await liveByServer(daemon))[2], 0, `returned, and nobody comes: ${(await liveByServer(daemon)).join('/')}`)
}

async function isLevelled(t: Test, daemon: Daemon): Promise<void> {
  await eventually('all are back', async () => all(await liveByServer(daemon)) >= CONNECTIONS)
  const counts = await liveByServer(daemon)
  for (const count of counts) t.ok(Math.abs(count - CONNECTIONS / 3) <= 1, `in the end ${counts.join('/')}`)
}

async function byCommand(t: Test, engine: Engine, policy: Policy, servers: readonly PostgresServer[]): Promise<void> {
  const [first, second, third] = servers
  if (!first || !second || !third) throw new Error('three servers were asked for')
  const daemon = await Daemon.start(config(servers, policy), { runtime: `engine = "${engine}"` })
  t.teardown(() => daemon.stop())
  const application = new Application(await daemon.port('db'))
  t.teardown(() => application.stop())
  await afterOutage(t, daemon, third)
  application.failures.length = 0
  application.retries = 0
  const logged = [first, second].map(({ log }) => log.length)

  const long = Array.from({ length: LONG_QUERIES }, () => application.query(`SELECT pg_sleep(${LONG_S})`))
  const { stdout, code } = await daemon.command('rebalance', 'replicas', '--idle', '300ms', '--rate', '20/s')
  t.comment(`${engine}, ${policy}: ${stdout.trim().split('\n').at(-1)}`)
  t.equal(code, 0, stdout)
  await isLevelled(t, daemon)
  await Promise.all(long)
  t.same(application.failures, [], 'no query failed')
  t.comment(`${application.retries} sent in the moment of the close, and sent again`)

  const lines = [first, second].flatMap(({ log }, i) => log.slice(logged[i]))
  const complaints = lines.filter((line) =>
    /reset by peer|unexpected EOF|broken pipe|connection to client lost/i.test(line),
  )
  t.same(complaints, [], 'no server complains of a connection that was closed')
  const done = await daemon.logged(({ event }) => event === 'rebalanced')
  t.match(done, { backend: 'replicas', why: 'balanced', sessions: 0 })
  const closed = () => daemon.log.filter(({ event, reason }) => event === 'session' && reason === 'rebalanced').length
  await eventually('each has its record', () => closed() >= Number(done.count))
  t.equal(closed(), done.count, 'and no more than one')
}

async function byItself(t: Test, engine: Engine, servers: readonly PostgresServer[]): Promise<void> {
  const [, , third] = servers
  if (!third) throw new Error('three servers were asked for')
  const sections = config(servers, 'least-conn', 'rebalance = { idle = "1s", rate = "20/s" }')
  const daemon = await Daemon.start(sections, { runtime: `engine = "${engine}"` })
  t.teardown(() => daemon.stop())
  const clients = Array.from({ length: CONNECTIONS }, () => new PostgresReader())
  const port = await daemon.port('db')
  for (const client of clients) await client.connect(port)
  t.teardown(() => Promise.all(clients.map((client) => client.end())))
  await afterOutage(t, daemon, third)
  await daemon.logged(({ event, by }) => event === 'rebalanced' && by === 'config', 20_000)
  await isLevelled(t, daemon)
}

t.test('rebalance', { skip: skipWithout(...POSTGRES_PROGRAMS) }, async (t) => {
  const { servers, stop } = await startPostgres(3)
  t.teardown(stop)
  for (const engine of ENGINES) {
    await t.test(engine, { skip: skipEngine(engine) }, async (t) => {
      await t.test('by command, least-conn', (t) => byCommand(t, engine, 'least-conn', servers))
      // the policy and what begins a rebalance are above the engine: once is enough
      if (engine === 'portable') return
      await t.test('by command, round-robin', (t) => byCommand(t, engine, 'round-robin', servers))
      await t.test('by itself', (t) => byItself(t, engine, servers))
    })
  }
})
