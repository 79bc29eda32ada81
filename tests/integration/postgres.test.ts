/** Three real PostgreSQL servers behind headgate, and pgbench in front of it. */
import t, { type Test } from 'tap'
import { discrepancies } from '../support/conservation.js'
import { Daemon } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { program, skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS, type PostgresServer, type PostgresServers, startPostgres } from '../support/postgres.js'
import { Program } from '../support/program.js'

const INTERVAL_MS = 500
const TIMEOUT_MS = 400
const FALL = 2
const SECONDS = 5

const config = (servers: readonly PostgresServer[]) => `
[frontends.postgres]
listen = "tcp://127.0.0.1:0"
backend = "replicas"

[backends.replicas]
policy = "least-conn"
check = { type = "tcp", interval = "${INTERVAL_MS}ms", timeout = "${TIMEOUT_MS}ms", rise = 2, fall = ${FALL} }
servers = [
${servers.map(({ port }, i) => `  { name = "r${i + 1}", address = "127.0.0.1:${port}" },`).join('\n')}
]
`

/** Reading transactions by 16 clients; `-C` makes a connection for each, `-R` limits their rate. */
function pgbench(port: number, ...further: string[]): Program {
  const to = ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'postgres', 'postgres']
  return Program.start(program('pgbench'), ['-S', '-n', '-c', '16', '-T', `${SECONDS}`, ...further, ...to])
}

async function endsWithoutFailure(t: Test, bench: Program, name: string): Promise<void> {
  const { code } = await bench.exited
  const text = bench.lines.join('\n')
  t.equal(code, 0, `${name} ends well`)
  t.match(text, /number of failed transactions: 0 /, `${name}: no failed transaction`)
  t.notMatch(text, /error|aborted|could not/i, `${name}: no word of an error`)
  t.comment(`${name}: ${/tps = \S+/.exec(text)?.[0]}`)
}

t.test('PostgreSQL', { skip: skipWithout(...POSTGRES_PROGRAMS) }, async (t) => {
  for (const engine of ENGINES) {
    await t.test(`${engine} engine`, { skip: skipEngine(engine) }, async (t) => {
      const postgres = await startPostgres(3)
      t.teardown(postgres.stop)
      await throughDrainAndKill(t, engine, postgres)
    })
  }
})

async function throughDrainAndKill(t: Test, engine: Engine, postgres: PostgresServers): Promise<void> {
  const [, second] = postgres.servers
  if (!second) throw new Error('three servers were asked for')
  const daemon = await Daemon.start(config(postgres.servers), { runtime: `engine = "${engine}"` })
  t.teardown(() => daemon.stop())
  const port = await daemon.port('postgres')

  const server = async (name: string) => {
    const found = (await daemon.status()).backends[0]?.servers.find((one) => one.name === name)
    if (!found) throw new Error(`no server ${name}`)
    return found
  }
  const totals = async () => (await daemon.status()).backends[0]?.servers.map(({ sessions }) => sessions.total) ?? []
  const untilEachTookMore = async (what: string) => {
    const before = await totals()
    await eventually(what, async () => (await totals()).every((total, i) => total > (before[i] ?? 0)))
  }

  await t.test('a drain in mid-run fails no transaction, and the server gets no new session', async (t) => {
    const lasting = pgbench(port, '-R', '2000')
    const connecting = pgbench(port, '-C')
    await untilEachTookMore('all three servers take new sessions')
    t.pass('all three servers take new sessions')

    const drain = await daemon.command('drain', 'replicas/r1')
    const atReply = (await server('r1')).picks
    t.equal(drain.code, 0, `drain: ${drain.stdout}${drain.stderr}`)
    await endsWithoutFailure(t, lasting, 'lasting connections')
    await endsWithoutFailure(t, connecting, 'a connection for each transaction')

    const drained = await server('r1')
    t.equal(drained.picks, atReply, 'not chosen since the reply')
    t.equal(drained.admin, 'drain')
    await eventually('all sessions have ended', async () => (await daemon.status()).sessions.live === 0)
    t.strictSame(discrepancies(await daemon.status()), [])
    t.strictSame(
      await totals(),
      postgres.servers.map(({ authorized }) => authorized),
      'sessions by the counters = connections by the log of each server',
    )
  })

  await t.test(
    'a killed server leaves within interval × fall + timeout, and comes back after its restart',
    async (t) => {
      t.equal((await daemon.command('ready', 'replicas/r1')).code, 0)
      const connecting = pgbench(port, '-C')
      await untilEachTookMore('all three servers take sessions, the drained one again')

      const killedAt = Date.now()
      await second.kill()
      const down = await daemon.logged(({ event, server }) => event === 'server-down' && server === 'r2')
      const took = Date.parse(String(down.time)) - killedAt
      t.ok(took <= INTERVAL_MS * FALL + TIMEOUT_MS, `down after ${took} ms`)
      const atDown = (await server('r2')).picks

      await connecting.exited
      t.equal((await server('r2')).picks, atDown, 'not chosen while it is down')
      t.ok((await server('r2')).check?.last?.words, 'it can say why it is down')

      const mark = daemon.program.lines.length
      await second.start()
      await daemon.logged(({ event, server }) => event === 'server-up' && server === 'r2', 10_000, mark)
      const again = pgbench(port, '-C')
      await eventually('it takes sessions again', async () => (await server('r2')).picks > atDown)
      await endsWithoutFailure(t, again, 'after the restart')
      await eventually('all sessions have ended', async () => (await daemon.status()).sessions.live === 0)
      t.strictSame(discrepancies(await daemon.status()), [])
    },
  )
}
