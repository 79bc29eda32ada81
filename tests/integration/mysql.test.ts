/** A real MariaDB primary and its replica behind headgate: one backend serves the port for writes and the port for reads. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import t, { type Test } from 'tap'
import { Daemon, type LogLine } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { program, skipWithout } from '../support/installed-programs.js'
import { follow, MARIADB_PROGRAMS, type MariadbPair, startMariadbPair, switchOver } from '../support/mariadb.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const INTERVAL_MS = 200
/** What a client may wait for the new primary after read_only was moved. */
const WRITES_WITHIN_MS = 3_000

const config = ({ primary, replica }: MariadbPair, passwordFile: string) => `
[frontends.rw]
listen = "tcp://127.0.0.1:0"
backend = "mysql"
role = "primary"

[frontends.ro]
listen = "tcp://127.0.0.1:0"
backend = "mysql"
role = "replica-or-primary"

[backends.mysql]
check = { type = "mysql", user = "monitor", password_file = "${passwordFile}", interval = "${INTERVAL_MS}ms", timeout = "2s", rise = 1, fall = 2 }
on_down = "kill"
max_lag = "10s"
on_all_lagging = "primary"
servers = [
  { name = "m1", address = "127.0.0.1:${primary.port}" },
  { name = "m2", address = "127.0.0.1:${replica.port}" },
]
`

t.test('MariaDB', { skip: skipWithout(...MARIADB_PROGRAMS) }, async (t) => {
  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const passwordFile = join(folder.path, 'password')
  writeFileSync(passwordFile, 'm0nitor\n', { mode: 0o600 })
  const pair = await startMariadbPair({ 'max-connect-errors': 3 })
  t.teardown(pair.stop)
  await pair.primary.sql(`
    CREATE USER monitor@'%' IDENTIFIED BY 'm0nitor'; GRANT REPLICA MONITOR ON *.* TO monitor@'%';
    CREATE DATABASE app; CREATE TABLE app.t (id INT AUTO_INCREMENT PRIMARY KEY, said TEXT);
    CREATE USER app@'%'; GRANT ALL ON app.* TO app@'%'`)
  await pair.replica.catchUp(pair.primary)
  for (const engine of ENGINES) {
    await t.test(`${engine} engine`, { skip: skipEngine(engine) }, (t) => throughFlips(t, engine, pair, passwordFile))
  }
})

async function throughFlips(t: Test, engine: Engine, pair: MariadbPair, passwordFile: string): Promise<void> {
  const daemon = await Daemon.start(config(pair, passwordFile), { runtime: `engine = "${engine}"` })
  t.teardown(() => daemon.stop())
  const { primary, replica } = pair
  const [rw, ro] = [await daemon.port('rw'), await daemon.port('ro')]
  // a daemon that stops cuts a probe that is under way, which the server may well log
  const logged = [primary, replica].map((server) => ({ server, before: server.log.length }))

  await t.test('the first session of each port reaches a server of its role', async (t) => {
    t.same(await ask(rw, 'SELECT @@server_id'), '1')
    t.same(await ask(ro, 'SELECT @@server_id'), '2')
    await ask(rw, `INSERT INTO app.t (said) VALUES ('${engine}')`)
    await replica.catchUp(primary)
    t.equal(await ask(ro, 'SELECT said FROM app.t ORDER BY id DESC LIMIT 1'), engine)
    await t.rejects(ask(ro, "INSERT INTO app.t (said) VALUES ('no')"), /--read-only/)
  })

  await t.test('flips of read_only move the roles, and reset who wrote to the former primary', async (t) => {
    for (const [from, to, id] of [
      [primary, replica, '2'],
      [replica, primary, '1'],
    ] as const) {
      const writer = await createConnection({ host: '127.0.0.1', port: rw, user: 'app' })
      const ended = once(writer, 'error')
      const since = daemon.program.lines.length
      await switchOver(from, to)
      t.ok((await writes(rw, id)) < WRITES_WITHIN_MS)
      t.match(await ended, [{ code: 'ECONNRESET' }])
      const { msg } = await daemon.logged(({ event }) => event === 'primary-moved', 5_000, since)
      t.comment(`${msg}`)
      t.equal(await ask(ro, 'SELECT @@server_id'), id, 'who follows nobody may be of any age')
      await follow(from, to)
      await eventually('reads go to the other', async () => (await ask(ro, 'SELECT @@server_id')) !== id)
    }
  })

  await t.test('two primaries at once take no writes', async (t) => {
    const since = daemon.program.lines.length
    await replica.sql('SET GLOBAL read_only = OFF')
    await daemon.logged(isSplitBrain, 5_000, since)
    await t.rejects(ask(rw, 'SELECT 1'))
    await replica.sql('SET GLOBAL read_only = ON')
    await writes(rw, '1')
  })

  await t.test('a replica that does not replay leaves the reads to the primary, and comes back', async (t) => {
    await replica.sql('STOP SLAVE SQL_THREAD')
    await eventually('reads go to the primary', async () => (await ask(ro, 'SELECT @@server_id')) === '1')
    t.match(await serverOf(daemon, 'm2'), {
      health: 'up',
      database: { role: 'replica', lag: { ms: null }, lagging: true },
    })
    await replica.sql('START SLAVE SQL_THREAD')
    await eventually('it takes reads', async () => (await ask(ro, 'SELECT @@server_id')) === '2')
  })

  await t.test('all these checks were counted by nobody', async (t) => {
    for (const { server, before } of logged) {
      t.equal(await server.status('Access_denied_errors'), 0)
      t.notOk(server.log.slice(before).find((line) => line.includes('monitor')))
    }
  })
}

/** First column of the first row, by a connection of its own. */
async function ask(port: number, sql: string): Promise<string> {
  const where = ['--no-defaults', '-h', '127.0.0.1', '-P', `${port}`, '-u', 'app', '--connect-timeout=5']
  const { stdout } = await promisify(execFile)(program('mariadb'), [...where, '-N', '-B', '-e', sql])
  return stdout.trim()
}

/** Tries until it is done, as a client does that reconnects. Milliseconds that it took; while both are read only a write may meet a replica, which refuses it. */
async function writes(port: number, id: string): Promise<number> {
  const began = performance.now()
  await eventually(`server ${id} takes a write`, async () => {
    const sql = "INSERT INTO app.t (said) VALUES ('written'); SELECT @@server_id"
    const answer = await ask(port, sql).catch((error: Error) => error.message)
    return answer === id
  })
  return performance.now() - began
}

async function serverOf(daemon: Daemon, name: string) {
  return (await daemon.status()).backends[0]?.servers.find((one) => one.name === name)
}

function isSplitBrain({ event }: LogLine): boolean {
  return event === 'split-brain'
}
