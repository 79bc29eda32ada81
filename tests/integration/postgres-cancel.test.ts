/** Queries on three real PostgreSQL servers behind headgate are cancelled, each on its own server. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import pg from 'pg'
import t, { type Test } from 'tap'
import { CERTIFICATE_PROGRAMS, startAuthority } from '../support/certificates.js'
import { discrepancies } from '../support/conservation.js'
import { Daemon } from '../support/daemon.js'
import { ENGINES, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { program, skipWithout } from '../support/installed-programs.js'
import { POSTGRES_PROGRAMS, type PostgresServer, startPostgres } from '../support/postgres.js'
import { Program } from '../support/program.js'

const ROUNDS = 100
/** Two on each server. */
const SESSIONS = 6
const QUERY_CANCELED = '57014'
const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex')
const SLEEP = 'select pg_sleep(600)'

const config = (servers: readonly PostgresServer[]) => `
[frontends.postgres]
listen = "tcp://127.0.0.1:0"
backend = "pg"
protocol = "postgres"

[backends.pg]
policy = "least-conn"
check = { type = "tcp", interval = "500ms" }
servers = [
${servers.map(({ port }, i) => `  { name = "r${i + 1}", address = "127.0.0.1:${port}" },`).join('\n')}
]
`

type Encryption = 'plain' | 'encrypted'

const SUITE = { skip: skipWithout(...POSTGRES_PROGRAMS, ...CERTIFICATE_PROGRAMS) }

t.test('PostgreSQL: cancel', SUITE, async (t) => {
  const { servers, stop } = await startPostgres(3)
  t.teardown(stop)
  await eachEngine(t, servers, 'plain')
  await encrypt(t, servers)
  await eachEngine(t, servers, 'encrypted')
})

async function encrypt(t: Test, servers: readonly PostgresServer[]): Promise<void> {
  const authority = startAuthority()
  t.teardown(authority.remove)
  const { certFile, keyFile } = authority.sign('server')
  for (const server of servers) {
    await server.stop('fast')
    const [cert, key] = [certFile, keyFile].map((file, i) => server.write(`tls-${i}.pem`, readFileSync(file, 'utf8')))
    await server.start({ ssl: 'on', ssl_cert_file: cert ?? '', ssl_key_file: key ?? '' })
  }
}

async function eachEngine(t: Test, servers: readonly PostgresServer[], encryption: Encryption): Promise<void> {
  for (const engine of ENGINES) {
    await t.test(`${encryption}, ${engine} engine`, { skip: skipEngine(engine) }, async (t) => {
      const runtime = `engine = "${engine}"\nworkers = ${engine === 'linux' ? 3 : 1}`
      const daemon = await Daemon.start(config(servers), { runtime })
      t.teardown(() => daemon.stop())
      const bench = new Bench(await daemon.port('postgres'), servers, encryption)
      await bench.watch(t)
      await hundredOfHundred(t, daemon, bench)
      await byPsql(t, daemon, bench)
      if (encryption === 'plain') await afterRefusedEncryption(t, daemon, bench)
      await onDrainedServers(t, daemon, bench)
      await eventually('all sessions have ended', async () => (await daemon.status()).sessions.live === 0)
      t.same(discrepancies(await daemon.status()), [])
    })
  }
}

async function hundredOfHundred(t: Test, daemon: Daemon, bench: Bench): Promise<void> {
  const { cancelled: before, strangers } = bench
  for (let i = 0; i < SESSIONS; i++) await bench.sleep()
  const cancelledOn = new Map<number, number>()
  let right = 0
  for (let round = 0; round < ROUNDS; round++) {
    const [victim, ...others] = bench.asleep
    if (!victim) throw new Error('nobody sleeps')
    await bench.cancel(victim)
    const code = await victim.ended
    if (code === QUERY_CANCELED && others.every(({ isAsleep }) => isAsleep)) right++
    cancelledOn.set(victim.port, (cancelledOn.get(victim.port) ?? 0) + 1)
    await victim.client.end()
    await bench.sleep()
  }
  t.equal(right, ROUNDS, 'the right query was cancelled, and no other')
  t.equal(cancelledOn.size, 3, `on each server: ${[...cancelledOn.values()]}`)
  t.same(
    bench.cancelled.map((count, i) => count - (before[i] ?? 0)),
    bench.ports.map((port) => cancelledOn.get(port)),
  )
  const { cancels } = (await daemon.status()).frontends[0] ?? {}
  const expected = bench.encryption === 'plain' ? { toOwner: ROUNDS, toAll: 0 } : { toOwner: 0, toAll: ROUNDS }
  t.match(cancels, { ...expected, copied: 0 })
  if (bench.encryption === 'plain')
    t.equal(bench.strangers, strangers, 'no server was asked to cancel what it does not run')
}

/** libpq's own way: Ctrl-C. */
async function byPsql(t: Test, daemon: Daemon, bench: Bench): Promise<void> {
  for (const mode of bench.encryption === 'plain' ? ['disable', 'prefer'] : ['require']) {
    const uri = `postgresql://postgres@127.0.0.1:${bench.port}/postgres?sslmode=${mode}&application_name=ctrl-c`
    const psql = Program.start(program('psql'), ['-X', '-c', SLEEP, uri])
    await eventually('psql sleeps', () => bench.isAsleep('application_name', 'ctrl-c'))
    psql.kill('SIGINT')
    await psql.exited
    t.match(psql.stderr.join('\n'), /canceling statement due to user request/, `sslmode=${mode}`)
    t.ok(
      bench.asleep.every(({ isAsleep }) => isAsleep),
      'and nobody else',
    )
  }
  const way = bench.encryption === 'plain' ? 'owner' : 'all'
  t.ok(await daemon.logged(({ cancel }) => cancel === way), 'the log tells it from sessions')
}

/** As libpq 17 does it with `sslmode=prefer`: the server refuses the encryption before it hears what is wanted. */
async function afterRefusedEncryption(t: Test, daemon: Daemon, bench: Bench): Promise<void> {
  for (let round = 0; round < SESSIONS; round++) {
    const [victim] = bench.asleep
    if (!victim) throw new Error('nobody sleeps')
    await bench.cancel(victim, SSL_REQUEST)
    t.equal(await victim.ended, QUERY_CANCELED, 'wherever the encryption was refused')
    await victim.client.end()
    await bench.sleep()
  }
  const { cancels } = (await daemon.status()).frontends[0] ?? {}
  t.ok(cancels && cancels.copied > 0, `copied to its own server: ${cancels?.copied} of ${SESSIONS}`)
}

async function onDrainedServers(t: Test, daemon: Daemon, bench: Bench): Promise<void> {
  for (const name of ['r1', 'r2', 'r3']) await daemon.command('drain', `pg/${name}`)
  for (const victim of bench.asleep) {
    await bench.cancel(victim)
    t.equal(await victim.ended, QUERY_CANCELED, 'on a drained server, too')
    await victim.client.end()
  }
}

/** A session that sleeps on a server. */
interface Sleeper {
  readonly client: pg.Client
  /** Of its server. */
  readonly port: number
  readonly isAsleep: boolean
  /** The error's code. */
  readonly ended: Promise<unknown>
}

class Bench {
  asleep: Sleeper[] = []
  private readonly watchers: pg.Client[] = []

  constructor(
    readonly port: number,
    private readonly servers: readonly PostgresServer[],
    readonly encryption: Encryption,
  ) {}

  get ports(): readonly number[] {
    return this.servers.map(({ port }) => port)
  }
  /** Queries cancelled on each server, by its log. */
  get cancelled(): readonly number[] {
    return this.logged(/canceling statement due to user request/)
  }
  /** CancelRequests for somebody whom the server does not know. */
  get strangers(): number {
    return this.logged(/in cancel request did not match any process/).reduce((sum, count) => sum + count, 0)
  }
  private logged(words: RegExp): readonly number[] {
    return this.servers.map(({ log }) => log.filter((line) => words.test(line)).length)
  }

  private open(port: number): pg.Client {
    const ssl = this.encryption === 'encrypted' ? { rejectUnauthorized: false } : false
    return new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', ssl })
  }

  /** Looks at the servers directly, past headgate. */
  async watch(t: Test): Promise<void> {
    for (const port of this.ports) {
      const client = this.open(port)
      await client.connect()
      this.watchers.push(client)
      t.teardown(() => client.end())
    }
  }

  async isAsleep(column: 'pid' | 'application_name', value: string | number | null): Promise<boolean> {
    const text = `select from pg_stat_activity where ${column}::text = $1 and wait_event = 'PgSleep'`
    const found = await Promise.all(this.watchers.map((watcher) => watcher.query(text, [`${value}`])))
    return found.some(({ rowCount }) => rowCount === 1)
  }

  /** A session through headgate, asleep. */
  async sleep(): Promise<void> {
    const client = this.open(this.port)
    await client.connect()
    const { rows } = await client.query('select inet_server_port() as port')
    const sleeper = {
      client,
      port: Number(rows[0]?.port),
      isAsleep: true,
      ended: client.query(SLEEP).catch((error: pg.DatabaseError) => {
        sleeper.isAsleep = false
        return error.code
      }),
    }
    await eventually('it sleeps', () => this.isAsleep('pid', keyOf(client).pid))
    this.asleep.push(sleeper)
  }

  /** As libpq does it: a connection with nothing but the request, until the server ends it. @param first asked before */
  async cancel(sleeper: Sleeper, first?: Buffer): Promise<void> {
    this.asleep = this.asleep.filter((one) => one !== sleeper)
    const { pid, secret } = keyOf(sleeper.client)
    const request = Buffer.alloc(16)
    for (const [i, word] of [16, 80_877_102, pid, secret].entries()) request.writeInt32BE(word, 4 * i)
    const socket = connect({ host: '127.0.0.1', port: this.port }).resume()
    if (first) {
      socket.write(first)
      await once(socket, 'data')
    }
    socket.write(request)
    await once(socket, 'close')
  }
}

/** Not in the types of `pg`, which keeps them for its own cancel. */
function keyOf(client: pg.Client): { readonly pid: number; readonly secret: number } {
  return { pid: Number(Reflect.get(client, 'processID')), secret: Number(Reflect.get(client, 'secretKey')) }
}
