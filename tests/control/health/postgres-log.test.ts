/** A thousand checks in each mode, and PostgreSQL's log has not a line more. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import type { PostgresLogin } from '../../../src/control/health/probes/postgres/settings.js'
import { CERTIFICATE_PROGRAMS, startAuthority } from '../../support/certificates.js'
import { skipWithout } from '../../support/installed-programs.js'
import { POSTGRES_PROGRAMS, type PostgresServer, startPostgres } from '../../support/postgres.js'
import { probePostgres } from './postgres-probe.js'

const CHECKS = 1_000
const AT_ONCE = 10
const skip = skipWithout(...POSTGRES_PROGRAMS, ...CERTIFICATE_PROGRAMS)

/** `log_connections` as PostgreSQL has it by default; checkpoints would be logged in between, and are nobody's doing. */
const AS_IT_COMES = { log_connections: 'off', log_checkpoints: 'off' }

async function probeOften(port: number, login: Partial<PostgresLogin> | undefined, checks = CHECKS): Promise<number> {
  let passed = 0
  for (let i = 0; i < checks; i += AT_ONCE) {
    const reports = await Promise.all(Array.from({ length: AT_ONCE }, () => probePostgres(port, login)))
    passed += reports.filter((report) => report.passed).length
  }
  return passed
}

/** What it says from its start on until it is told to end, by when all that served a check have ended. */
async function linesDuring(server: PostgresServer, settings: Record<string, string>, run: () => Promise<void>) {
  await server.start({ ...AS_IT_COMES, ...settings })
  const { log } = server
  const before = log.length
  await run()
  await server.stop('fast')
  const lines = log.slice(before)
  return lines.slice(
    0,
    lines.findIndex((line) => line.endsWith('received fast shutdown request')),
  )
}

t.test('PostgreSQL logs nothing of a thousand checks', { skip }, async (t) => {
  const authority = startAuthority()
  t.teardown(authority.remove)
  const postgres = await startPostgres(1)
  t.teardown(postgres.stop)
  const [server] = postgres.servers
  if (!server) throw new Error('one server was asked for')
  const { certFile, keyFile } = authority.sign('server')
  server.write('server.crt', readFileSync(certFile, 'utf8'))
  server.write('server.key', readFileSync(keyFile, 'utf8'))
  await server.sql('create role monitor login in role pg_monitor')
  await server.stop('fast')
  const { port } = server

  const withoutTls = await linesDuring(server, { ssl: 'off' }, async () => {
    t.equal(await probeOften(port, undefined), CHECKS, 'without a user, ssl = off')
    t.equal(await probeOften(port, { user: 'monitor' }), CHECKS, 'logged in')
  })
  t.same(withoutTls, [])
  const withTls = await linesDuring(server, { ssl: 'on' }, async () => {
    t.equal(await probeOften(port, undefined), CHECKS, 'without a user, ssl = on')
    t.equal(await probeOften(port, { user: 'monitor', sslmode: 'require' }, 100), 100, 'logged in over TLS')
  })
  t.same(withTls, [])
  const asked = await linesDuring(server, { log_connections: 'on' }, async () => {
    t.match(await probePostgres(port), { passed: true })
  })
  t.match(asked, [/LOG: {2}connection received: host=127.0.0.1 port=\d+$/], 'log_connections = on: whoever comes')
  t.equal(asked.length, 1, 'and nothing else of us')
})
