/** The PostgreSQL probe against real servers: what they are, whom they let in, and how. */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { CERTIFICATE_PROGRAMS, startAuthority } from '../../support/certificates.js'
import { eventually } from '../../support/eventually.js'
import { freePort } from '../../support/free-port.js'
import { program, skipWithout } from '../../support/installed-programs.js'
import { withoutLeak } from '../../support/misbehaving-servers.js'
import { POSTGRES_PROGRAMS, startPostgres } from '../../support/postgres.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { probePostgres } from './postgres-probe.js'

const skip = skipWithout(...POSTGRES_PROGRAMS, ...CERTIFICATE_PROGRAMS)

t.test('a primary and its replica, through lag and promotion', { skip }, async (t) => {
  const postgres = await startPostgres(1)
  t.teardown(postgres.stop)
  const [primary] = postgres.servers
  if (!primary) throw new Error('one server was asked for')
  const replica = await primary.replica()
  t.teardown(() => replica.stop())
  await replica.start()
  // nothing more than the right to log in
  await primary.sql('create role monitor login')
  await primary.sql('create role watcher login in role pg_monitor')
  const probe = (port: number, user = 'watcher') => probePostgres(port, { user })
  const hasAll = async (user = 'watcher') => {
    const [ahead, behind] = [await probe(primary.port, user), await probe(replica.port, user)]
    return behind.database?.lagMs === 0 && ahead.database?.position === behind.database.position
  }

  await t.test('each tells its role, and at rest they are equal', async (t) => {
    for (const user of ['watcher', 'monitor']) {
      await eventually(`the replica has all, as ${user} sees it`, () => hasAll(user))
      const one = await probe(primary.port, user)
      t.match(one, { passed: true, code: 'L7OK', reason: 'passed', database: { role: 'primary', timeline: 1 } })
      t.match(one.words, /^primary, PostgreSQL [\d.]+, written up to 0\/[0-9A-F]+, timeline 1, 127.0.0.1:\d+$/)
      t.notOk('lagMs' in (one.database ?? {}), 'a primary is behind nobody')
      const other = await probe(replica.port, user)
      t.match(other, { passed: true, database: { role: 'replica', lagMs: 0, timeline: 1 } })
      t.match(other.words, /^replica of PostgreSQL [\d.]+, replayed up to 0\/[0-9A-F]+, 0s behind, 127.0.0.1:\d+$/)
    }
  })

  await t.test('the steps are told, of which the last but one says how far it is behind', async (t) => {
    const steps: string[] = []
    await probePostgres(replica.port, { user: 'watcher', query: 'select 1' }, { onStep: (words) => steps.push(words) })
    t.same(steps, [
      'connected',
      'it has no TLS: goes on in plain',
      'logged in as watcher',
      'asked: replica, 0 bytes behind',
      'asked: the query of the check passes',
    ])
  })

  await t.test('while replay is paused the lag grows in bytes and in time, and is gone after', async (t) => {
    await replica.sql('select pg_wal_replay_pause()')
    await eventually(
      'it pauses',
      async () => (await replica.sql('select pg_get_wal_replay_pause_state()')) === 'paused',
    )
    await primary.sql('create table written as select generate_series(1, 10000)')
    const { position = 0 } = (await probe(primary.port)).database ?? {}
    await eventually('the lag grows', async () => ((await probe(replica.port)).database?.lagMs ?? 0) >= 100)
    const { database } = await probe(replica.port)
    t.ok(position - (database?.position ?? position) > 100_000, 'bytes behind')
    await replica.sql('select pg_wal_replay_resume()')
    await eventually('it has all again', hasAll)
  })

  await t.test('a primary whose sessions only read by default takes no writes', async (t) => {
    const role = async (user: string) => (await probe(primary.port, user)).database?.role
    await primary.sql('alter role monitor set default_transaction_read_only = on')
    t.equal(await role('monitor'), 'primary', 'what holds for the monitoring user alone says nothing')
    await primary.sql('alter system set default_transaction_read_only = on')
    await primary.sql('select pg_reload_conf()')
    await eventually('it counts as a replica', async () => (await role('watcher')) === 'replica')
    t.match((await probe(primary.port)).words, /^primary that takes no writes by default, PostgreSQL/)
    await primary.sql('alter system reset default_transaction_read_only')
    await primary.sql('select pg_reload_conf()')
    await eventually('it is the primary again', async () => (await role('watcher')) === 'primary')
  })

  await t.test(
    'a replica that lost its primary counts the age of what it has; promoted, it has the newer timeline',
    async (t) => {
      await eventually('it has all', hasAll)
      await primary.kill()
      await eventually('its age grows', async () => ((await probe(replica.port)).database?.lagMs ?? 0) > 0)
      await replica.sql('select pg_promote()')
      const { database } = await probe(replica.port)
      t.match(database, { role: 'primary', timeline: 2 }, 'with the first probe after it')
    },
  )
})

/** Users by the way that each is let in. */
const RULES = `
host all postgres 127.0.0.1/32 trust
local all all trust
host all scram 127.0.0.1/32 scram-sha-256
host all md5 127.0.0.1/32 md5
host all clear 127.0.0.1/32 password
hostssl all with_tls 127.0.0.1/32 trust
hostnossl all without_tls 127.0.0.1/32 trust
hostssl all with_certificate 127.0.0.1/32 cert map=any
host all rejected 127.0.0.1/32 reject
`

t.test('who is let in, and how', { skip }, async (t) => {
  const authority = startAuthority()
  t.teardown(authority.remove)
  const postgres = await startPostgres(2)
  t.teardown(postgres.stop)
  const [server, plain] = postgres.servers
  if (!server || !plain) throw new Error('two servers were asked for')
  const { certFile, keyFile } = authority.sign('server')
  await server.stop('fast')
  server.write('pg_hba.conf', RULES)
  server.write('pg_ident.conf', 'any /^.*$ with_certificate')
  server.write('server.crt', readFileSync(certFile, 'utf8'))
  server.write('server.key', readFileSync(keyFile, 'utf8'))
  server.write('root.crt', readFileSync(authority.caFile, 'utf8'))
  await server.start({ ssl: 'on', ssl_ca_file: 'root.crt' })
  for (const user of ['with_tls', 'without_tls', 'with_certificate', 'rejected', 'unlisted']) {
    await server.sql(`create role ${user} login`)
  }
  await server.sql("create role scram login password 'pencil'")
  await server.sql("create role clear login password 'pencil'")
  await server.sql("set password_encryption = 'md5'; create role md5 login password 'pencil'")

  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const file = join(folder.path, 'password')
  writeFileSync(file, 'pencil\n')
  const { port } = server
  const password = { file }

  await t.test('passwords: by SCRAM, by MD5 and in clear', async (t) => {
    for (const user of ['scram', 'md5', 'clear']) {
      t.match(await probePostgres(port, { user, password }), { passed: true }, user)
      const none = await probePostgres(port, { user })
      t.match(none, { passed: false, code: 'L7RSP', reason: 'wrong-password' }, user)
      t.equal(none.words, `127.0.0.1:${port} asks ${user} for a password, and the check has none`)
    }
  })

  await t.test('a password is read anew for each probe, and a wrong one is told, but not said', async (t) => {
    writeFileSync(file, 'crayon')
    for (const user of ['scram', 'md5', 'clear']) {
      const wrong = await probePostgres(port, { user, password })
      t.match(wrong, { passed: false, code: 'L7RSP', reason: 'wrong-password' }, user)
      t.match(
        wrong.words,
        `127.0.0.1:${port} does not let ${user} in: password authentication failed for user "${user}" (28P01)`,
      )
      t.notMatch(JSON.stringify(wrong), 'crayon')
    }
    writeFileSync(file, 'pencil')
    t.match(await probePostgres(port, { user: 'scram', password }), { passed: true })
    const nowhere = { file: `${file}-gone` }
    t.match(await probePostgres(port, { user: 'scram', password: nowhere }), {
      passed: false,
      code: 'SOCKERR',
      reason: 'misconfigured',
      words: `the password file ${file}-gone cannot be read: no such file`,
    })
  })

  const steps: string[] = []
  const onStep = (words: string) => steps.push(words)

  await t.test('sslmode is what it is in libpq', async (t) => {
    const tls = 'TLS handshake done: TLSv1.3'
    for (const sslmode of ['disable', 'allow', 'prefer', 'require'] as const) {
      t.match(await probePostgres(port, { sslmode }, { onStep }), { passed: true }, sslmode)
      t.equal(steps.splice(0).includes(tls), sslmode === 'prefer' || sslmode === 'require', sslmode)
    }
    const { caFile: sslrootcert } = authority
    for (const sslmode of ['verify-ca', 'verify-full'] as const) {
      t.match(await probePostgres(port, { sslmode, sslrootcert }), { passed: true }, sslmode)
      t.match(await probePostgres(port, { sslmode }), { passed: false, code: 'L6RSP', reason: 'certificate' }, sslmode)
    }
    const login = { sslmode: 'verify-full', sslrootcert } as const
    t.match(await probePostgres(port, login, { host: 'db.test' }), { passed: true }, 'made out to its host name')
    t.match(await probePostgres(port, login, { host: 'other.test' }), { passed: false, reason: 'certificate' })
    t.match(await probePostgres(port, { ...login, sslmode: 'verify-ca' }, { host: 'other.test' }), { passed: true })
    const other = startAuthority()
    t.teardown(other.remove)
    const strange = { sslrootcert: other.caFile }
    t.match(await probePostgres(port, { sslmode: 'require', ...strange }), { passed: false, reason: 'certificate' })
    steps.length = 0
    t.match(await probePostgres(port, { sslmode: 'prefer', ...strange }, { onStep }), { passed: true })
    t.match(steps, ['connected', /^again, since the certificate of /, 'connected', 'logged in as postgres'])
  })

  await t.test('a server that takes nobody without TLS, or nobody with it', async (t) => {
    t.match(await probePostgres(port, { user: 'with_tls', sslmode: 'allow' }), { passed: true })
    t.match(await probePostgres(port, { user: 'with_tls', sslmode: 'prefer' }), { passed: true })
    t.match(await probePostgres(port, { user: 'with_tls', sslmode: 'disable' }), {
      passed: false,
      code: 'L7RSP',
      reason: 'tls-required',
      words: /does not let with_tls in: no pg_hba.conf entry .*, no encryption \(28000\)$/,
    })
    t.match(await probePostgres(port, { user: 'without_tls', sslmode: 'prefer' }), { passed: true })
    t.match(await probePostgres(port, { user: 'without_tls', sslmode: 'require' }), { passed: false, reason: 'denied' })
    t.match(await probePostgres(plain.port, { sslmode: 'prefer' }), { passed: true })
    steps.length = 0
    t.match(await probePostgres(plain.port, { user: 'nobody' }, { onStep }), { reason: 'denied' })
    t.same(steps, ['connected', 'it has no TLS: goes on in plain'], 'no further try that would be the same')
    t.match(await probePostgres(plain.port, { sslmode: 'require' }), {
      passed: false,
      code: 'L6RSP',
      reason: 'tls-refused',
      words: `127.0.0.1:${plain.port} has no TLS`,
    })
  })

  await t.test('a certificate of the probe itself', async (t) => {
    const { certFile: sslcert, keyFile: sslkey } = authority.sign('client')
    const user = 'with_certificate'
    t.match(await probePostgres(port, { user, sslcert, sslkey, sslmode: 'require' }), { passed: true })
    t.match(await probePostgres(port, { user, sslmode: 'require' }), {
      reason: 'denied',
      words: /connection requires a valid client certificate \(28000\)$/,
    })
  })

  await t.test('every way to be refused has its reason', async (t) => {
    for (const user of ['rejected', 'unlisted']) {
      t.match(await probePostgres(port, { user }), { passed: false, code: 'L7RSP', reason: 'denied' }, user)
    }
    t.match(await probePostgres(port, { database: 'nowhere' }), {
      reason: 'wrong-database',
      words: `127.0.0.1:${port} does not let postgres in: database "nowhere" does not exist (3D000)`,
    })
    t.match(await probePostgres(port, { database: 'template0' }), { reason: 'wrong-database' })
    await server.sql('alter role with_tls connection limit 0')
    t.match(await probePostgres(port, { user: 'with_tls' }), { reason: 'too-many-connections' })
    t.match(await probePostgres(await freePort(), {}), { passed: false, code: 'L4CON', reason: 'refused' })
  })

  await t.test('a query of the operator decides as well', async (t) => {
    const probe = (query: string, timeoutMs?: number) =>
      probePostgres(port, { query }, timeoutMs === undefined ? {} : { timeoutMs })
    for (const good of [
      'select true',
      'select 1',
      "select '';",
      'select 1; -- all is well',
      'begin; select 1; commit; select 0',
    ]) {
      t.match(await probe(good), { passed: true, reason: 'passed' }, good)
    }
    for (const bad of ['select false', 'select null', 'select', 'select 1 where false', 'create temp table a ()']) {
      t.match(await probe(bad), { passed: false, reason: 'wrong-answer', database: { role: 'primary' } }, bad)
    }
    t.equal((await probe('select false')).words, `the query of the check gives false at 127.0.0.1:${port}`)
    t.match(await probe('selec 1'), {
      passed: false,
      code: 'L7RSP',
      reason: 'query-failed',
      words: `the query of the check failed at 127.0.0.1:${port}: syntax error at or near "selec" (42601)`,
    })
    const tooMuch = await probe("select repeat('x', 2000000)")
    t.match(tooMuch, { passed: false, reason: 'wrong-answer', words: /answers with more than 1048576 bytes$/ })
  })

  await t.test('a query that hangs ends at the timeout, for the server too', async (t) => {
    const timeoutMs = 1_500
    const login = { query: 'select pg_sleep(60)', sslmode: 'disable' } as const
    await withoutLeak(async () => {
      const probes = Array.from({ length: 10 }, () => probePostgres(port, login, { timeoutMs }))
      for (const report of await Promise.all(probes)) {
        t.match(report, { passed: false, code: 'L7TOUT', reason: 'query-timeout' })
        t.ok(report.durationMs < timeoutMs + 1_000, `after ${report.durationMs} ms`)
      }
    })
    const asleep = "select count(*) from pg_stat_activity where query like '%pg_sleep(60)' and pid <> pg_backend_pid()"
    await eventually('nothing of it runs on', async () => (await server.sql(asleep)) === '0')
  })

  await t.test('a server that shuts down is not ready, and nobody is there after', async (t) => {
    const lasting = execFile(program('psql'), [
      '-h',
      '127.0.0.1',
      '-p',
      `${plain.port}`,
      '-U',
      'postgres',
      '-c',
      'select pg_sleep(60)',
    ])
    t.teardown(() => lasting.kill())
    const sleeping = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
    await eventually('a session holds it', async () => (await plain.sql(sleeping)) === '1')
    const pid = Number.parseInt(await plain.sql("select pg_read_file('postmaster.pid')"), 10)
    process.kill(pid, 'SIGTERM')
    await eventually('it says so', async () => (await probePostgres(plain.port, {})).reason === 'not-ready')
    t.match((await probePostgres(plain.port, {})).words, /the database system is shutting down \(57P03\)$/)
    t.match(await probePostgres(plain.port), { passed: true }, 'without a user it is not asked')
    await plain.stop()
    t.match(await probePostgres(plain.port), { passed: false, reason: 'refused' })
  })
})
