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

/** As a server comes: in its first seconds nothing but connections could be logged, and those are not by default. */
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
async function linesDuring(server: PostgresServer, ssl: 'on' | 'off', run: () => Promise<void>) {
  await server.start({ ...AS_IT_COMES, ssl })
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

  const withoutTls = await linesDuring(server, 'off', async () => {
    t.equal(await probeOften(port, undefined), CHECKS, 'without a user, ssl = off')
    t.equal(await probeOften(port, { user: 'monitor' }), CHECKS, 'logged in')
  })
  t.same(withoutTls, [])
  const withTls = await linesDuring(server, 'on', async () => {
    t.equal(await probeOften(port, undefined), CHECKS, 'without a user, ssl = on')
    t.equal(await probeOften(port, { user: 'monitor', sslmode: 'require' }, 100), 100, 'logged in over TLS')
  })
  t.same(withTls, [])
})

t.test('log_connections = on logs whoever comes, and nothing else of us', { skip }, async (t) => {
  const postgres = await startPostgres(1)
  t.teardown(postgres.stop)
  const [server] = postgres.servers
  if (!server) throw new Error('one server was asked for')
  const before = server.log.length
  t.match(await probePostgres(server.port), { passed: true })
  while (server.log.length === before) await new Promise((resolve) => setImmediate(resolve))
  t.match(server.log.slice(before), [/LOG: {2}connection received: host=127.0.0.1 port=\d+$/])
})
