/** The MySQL probe at the door of a real MariaDB server: who is let in, who is not and why; TLS; a query of one's own. */
import { createConnection } from 'mysql2/promise'
import t, { type Test } from 'tap'
import { startProbe } from '../../../src/control/health/run-probe.js'
import { CERTIFICATE_PROGRAMS, startAuthority } from '../../support/certificates.js'
import { eventually } from '../../support/eventually.js'
import { skipWithout } from '../../support/installed-programs.js'
import { MARIADB_PROGRAMS, type MariadbServer, startMariadb } from '../../support/mariadb.js'
import { withoutLeak } from '../../support/misbehaving-servers.js'
import { CREATE_MONITOR, MONITOR, many, type Options, password, report, SCHEDULE } from './mysql-report.js'

const skip = skipWithout(...MARIADB_PROGRAMS)

async function single(t: Test, config = {}): Promise<MariadbServer> {
  const { servers, stop } = await startMariadb(config)
  t.teardown(stop)
  const [server] = servers
  if (!server) throw new Error('one config gave no server')
  await server.sql(CREATE_MONITOR)
  return server
}

t.test('without a password a refused login is a sign of life, and blocks nobody', { skip }, async (t) => {
  const server = await single(t, { 'max-connect-errors': 3 })
  t.match(await report(server), {
    passed: true,
    code: 'L7OK',
    reason: 'passed',
    words: `127.0.0.1:${server.port} is alive, its role unknown: it refuses headgate, who has no password (error 1045)`,
    database: undefined,
  })
  const before = await server.status('Aborted_connects')
  t.same([...(await many(1_000, () => report(server, { from: '127.0.0.2' })))], [['passed', 1_000]])
  t.equal((await server.status('Aborted_connects')) - before, 1_000, 'each is counted, and harmless')
  t.ok(server.log.some((line) => line.includes("Access denied for user 'headgate'@'127.0.0.2' (using password: NO)")))

  await t.test('whatever way to log in the server makes up for a user that it does not have', async (t) => {
    await server.sql("INSTALL SONAME 'auth_ed25519'")
    for (const i of [1, 2, 3, 4]) {
      await server.sql(`CREATE USER ed${i}@'%' IDENTIFIED VIA ed25519 USING PASSWORD('x')`)
    }
    const guests = await many(100, (i) => report(server, { user: `guest${i}`, from: '127.0.0.4' }))
    t.same([...guests], [['passed', 100]])
  })

  await t.test('a user without privileges and password is let in, and tells the role', async (t) => {
    await server.sql("CREATE USER headgate@'%'")
    t.match(await report(server), { passed: true, database: { role: 'primary' } })
  })

  await t.test('who connects and closes is blocked, which the probe then says', async (t) => {
    const tcp = { ...SCHEDULE, type: 'tcp' as const }
    const from = { family: 4, host: '127.0.0.3', port: 0 } as const
    for (let i = 0; i < 5; i++) {
      await startProbe({ family: 4, host: '127.0.0.1', port: server.port }, from, tcp, Date.now).report
    }
    await eventually(
      'the host is blocked',
      async () => !(await report(server, { ...MONITOR, from: '127.0.0.3' })).passed,
    )
    t.match(await report(server, { ...MONITOR, from: '127.0.0.3' }), {
      passed: false,
      code: 'L7STS',
      reason: 'denied',
      words: /error 1129: Host '127.0.0.3' is blocked because of many connection errors.*FLUSH HOSTS on the server/,
    })
    t.match(await report(server, { ...MONITOR, from: '127.0.0.2' }), { passed: true })
  })
})

t.test('who is not let in learns why', { skip }, async (t) => {
  const server = await single(t, { 'max-connections': 10 })

  await t.test('a wrong password', async (t) => {
    t.match(await report(server, { user: 'monitor', password: password('wr0ng') }), {
      passed: false,
      code: 'L7STS',
      reason: 'wrong-password',
      words: /answered the login with error 1045: Access denied for user 'monitor'@'localhost' \(using password: YES\)/,
    })
  })

  await t.test('a password file that is not there: nothing about the server', async (t) => {
    t.match(await report(server, { user: 'monitor', password: { file: '/nowhere/password' } }), {
      passed: false,
      code: 'SOCKERR',
      reason: 'misconfigured',
    })
  })

  await t.test('a wrong database, also where the user may not know that it is wrong', async (t) => {
    const wrong = { passed: false, code: 'L7STS', reason: 'wrong-database' }
    t.match(await report(server, { ...MONITOR, database: 'nowhere' }), { ...wrong, words: /error 1044/ })
    await server.sql("GRANT SELECT ON *.* TO monitor@'%'")
    t.match(await report(server, { ...MONITOR, database: 'nowhere' }), {
      ...wrong,
      words: /error 1049: Unknown database 'nowhere'/,
    })
    t.match(await report(server, { ...MONITOR, database: 'mysql' }), { passed: true })
  })

  await t.test('an account that logs in by a plugin which the probe does not know', async (t) => {
    await server.sql("INSTALL SONAME 'auth_ed25519'; CREATE USER ed@'%' IDENTIFIED VIA ed25519 USING PASSWORD('x')")
    t.match(await report(server, { user: 'ed', password: password('x') }), {
      passed: false,
      reason: 'denied',
      words: /\(the account asks for the plugin client_ed25519, which the probe does not know\)$/,
    })
  })

  await t.test('a locked account', async (t) => {
    await server.sql("CREATE USER locked@'%' IDENTIFIED BY 'm0nitor' ACCOUNT LOCK")
    const { reason, words } = await report(server, { user: 'locked', password: password('m0nitor') })
    t.match({ reason, words }, { reason: 'denied', words: /account is locked/ })
  })

  await t.test('a server that is full', async (t) => {
    const clients = await Promise.all(
      Array.from({ length: 10 }, () =>
        createConnection({ host: '127.0.0.1', port: server.port, user: 'monitor', password: 'm0nitor' }),
      ),
    )
    t.match(await report(server, MONITOR), {
      passed: false,
      code: 'L7STS',
      reason: 'too-many-connections',
      words: /error 1040: Too many connections$/,
    })
    await Promise.all(clients.map((client) => client.end()))
    await eventually('there is room again', async () => (await report(server, MONITOR)).passed)
  })

  await t.test('a user who has too many connections', async (t) => {
    await server.sql("CREATE USER few@'%' WITH MAX_USER_CONNECTIONS 1")
    const client = await createConnection({ host: '127.0.0.1', port: server.port, user: 'few' })
    t.match(await report(server, { user: 'few' }), { passed: false, reason: 'too-many-connections' })
    await client.end()
  })

  await t.test('a server without TLS, for who insists on it; and it counts no error', async (t) => {
    await server.sql('SET GLOBAL max_connect_errors = 3')
    const tls = { verify: 'none' as const }
    const seen = await many(50, () => report(server, { ...MONITOR, tls, from: '127.0.0.5' }))
    t.same([...seen], [['tls-refused', 50]])
    t.match(await report(server, { ...MONITOR, from: '127.0.0.5' }), { passed: true })
  })

  await t.test('a machine whose address no user may come from', async (t) => {
    await server.sql("DELETE FROM mysql.global_priv WHERE Host = '%'; FLUSH PRIVILEGES")
    t.match(await report(server, { ...MONITOR, from: '127.0.0.6' }), {
      passed: false,
      reason: 'denied',
      words: /error 1130: Host '127.0.0.6' is not allowed to connect/,
    })
  })
})

t.test('a query of one’s own', { skip }, async (t) => {
  const server = await single(t)
  const ask = (query: string, more: Options = {}) => report(server, { ...MONITOR, query, ...more })

  for (const query of [
    'SELECT 1',
    "SELECT 'yes'",
    'SELECT 0.5',
    'SELECT TRUE',
    "SELECT b'1'",
    'SELECT 1 UNION SELECT 0',
  ]) {
    t.match(await ask(query), { passed: true, database: { role: 'primary' } }, query)
  }
  for (const query of ['SELECT 0', 'SELECT NULL', "SELECT ''", "SELECT '0.00'", "SELECT 'false'", "SELECT b'0'"]) {
    t.match(await ask(query), { passed: false, code: 'L7STS', reason: 'wrong-answer' }, query)
  }
  for (const query of [
    'SELECT 1 WHERE FALSE',
    'SELEKT 1',
    'SELECT 1; SELECT 1',
    'SET @a = 1',
    'SELECT * FROM nowhere.at_all',
  ]) {
    t.match(await ask(query), { passed: false, code: 'L7STS', reason: 'query-failed' }, query)
  }
  const all = "SELECT REPEAT('x', 2000000)"
  t.match(await ask(all), { passed: false, code: 'L7RSP', reason: 'query-failed', words: /more than 1048576 bytes/ })

  await t.test('that hangs ends with the time, also on the server', async (t) => {
    const before = await server.status('Aborted_clients')
    t.match(await ask('SELECT SLEEP(60)', { timeoutMs: 1_000 }), {
      passed: false,
      code: 'L7TOUT',
      reason: 'query-timeout',
      words: `no answer to the query from 127.0.0.1:${server.port} within 1s`,
    })
    const running = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'monitor'"
    await eventually('nothing of it runs', async () => (await server.sql(running))[0]?.[0] === '0')
    t.ok((await server.status('Aborted_clients')) <= before + 1)
  })
})

t.test(
  'TLS after the greeting, as for every other probe',
  { skip: skip || skipWithout(...CERTIFICATE_PROGRAMS) },
  async (t) => {
    const authority = startAuthority()
    t.teardown(authority.remove)
    const { certFile, keyFile } = authority.sign('server')
    const server = await single(t, { 'ssl-cert': certFile, 'ssl-key': keyFile, 'ssl-ca': authority.caFile })
    await server.sql("ALTER USER monitor@'%' REQUIRE SSL; SET GLOBAL max_connect_errors = 3")
    const { caFile } = authority
    const steps: string[] = []
    const tls = { verify: 'full', caFile } as const
    t.match(await report(server, { ...MONITOR, tls }, (words) => steps.push(words)), { passed: true })
    t.match(steps, ['connected', /^greeted/, /^TLS handshake done: TLSv1/, 'logged in as monitor', /primary/])
    t.match(await report(server, { ...MONITOR, tls: { ...tls, serverName: 'db.test' } }), { passed: true })
    t.match(await report(server, { ...MONITOR, tls: { verify: 'none' } }), { passed: true })
    t.match(await report(server, { tls: { verify: 'none' } }), { passed: true, words: /is alive/ })

    t.match(await report(server, { ...MONITOR, tls: { ...tls, serverName: 'other.test' } }), {
      passed: false,
      code: 'L6RSP',
      reason: 'certificate',
    })
    t.match(await report(server, { ...MONITOR, tls: { verify: 'full' } }), { passed: false, reason: 'certificate' })
    const required = { passed: false, code: 'L7STS', reason: 'tls-required' }
    t.match(await report(server, MONITOR), {
      ...required,
      words: `127.0.0.1:${server.port} lets monitor in with TLS only`,
    })
    await server.sql("ALTER USER monitor@'%' REQUIRE NONE; SET GLOBAL require_secure_transport = ON")
    t.match(await report(server, MONITOR), required, 'whether of one account or of all')
    t.match(await report(server), { passed: true, words: /is alive/ })
    const wrong = await report(server, { ...MONITOR, password: password('wr0ng') })
    t.match(wrong, { passed: false, reason: 'wrong-password' })

    await withoutLeak(async () => {
      t.same([...(await many(200, () => report(server, { ...MONITOR, tls, from: '127.0.0.2' })))], [['passed', 200]])
      const distrustful = { ...MONITOR, tls: { verify: 'full' as const }, from: '127.0.0.2' }
      t.same([...(await many(50, () => report(server, distrustful)))], [['certificate', 50]])
    })
    const after = await report(server, { ...MONITOR, tls, from: '127.0.0.2' })
    t.match(after, { passed: true }, 'a certificate that is not believed blocks nobody')
    t.equal(await server.status('Aborted_clients'), 0)
  },
)
