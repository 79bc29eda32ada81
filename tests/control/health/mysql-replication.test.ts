/** The MySQL probe against a real MariaDB primary and its replica. */
import t, { type Test } from 'tap'
import { UNKNOWN_LAG_MS } from '../../../src/control/health/probes/mysql/replication.js'
import { eventually } from '../../support/eventually.js'
import { skipWithout } from '../../support/installed-programs.js'
import { MARIADB_PROGRAMS, startMariadbPair } from '../../support/mariadb.js'
import { withoutLeak } from '../../support/misbehaving-servers.js'
import { CREATE_MONITOR, MONITOR, many, report } from './mysql-report.js'

const skip = skipWithout(...MARIADB_PROGRAMS)

async function pair(t: Test) {
  const { primary, replica, stop } = await startMariadbPair({ 'max-connect-errors': 3 })
  t.teardown(stop)
  await primary.sql(CREATE_MONITOR)
  await replica.catchUp(primary)
  return { primary, replica }
}

t.test('a primary and its replica tell their roles, and the replica its lag', { skip }, async (t) => {
  const { primary, replica } = await pair(t)
  const steps: string[] = []
  const one = await report(primary, MONITOR, (words) => steps.push(words))
  t.match(one, { passed: true, code: 'L7OK', reason: 'passed', database: { role: 'primary' } })
  t.match(one.words, new RegExp(`^127.0.0.1:${primary.port} is primary \\(MariaDB [\\d.]+\\)$`))
  t.match(steps, ['connected', /^greeted by MariaDB [\d.]+$/, 'logged in as monitor', 'takes writes: a primary'])
  t.notOk('lagMs' in (one.database ?? {}), 'a primary is behind nobody')

  const other = await report(replica, MONITOR)
  t.match(other, { passed: true, database: { role: 'replica', lagMs: 0 } })
  t.match(other.words, ` is replica of 127.0.0.1:${primary.port}, 0s behind (MariaDB `)

  await t.test('flips of read_only move the role with the very next probe', async (t) => {
    const roles = async () => [
      (await report(primary, MONITOR)).database?.role,
      (await report(replica, MONITOR)).database?.role,
    ]
    t.same(await roles(), ['primary', 'replica'])
    await primary.sql('SET GLOBAL read_only = ON')
    t.same(await roles(), ['replica', 'replica'])
    await replica.sql('SET GLOBAL read_only = OFF')
    t.same(await roles(), ['replica', 'primary'])
    t.match((await report(replica, MONITOR)).words, ` is primary (read_only is OFF), and replica of 127.0.0.1:`)
    await primary.sql('SET GLOBAL read_only = OFF, tx_read_only = ON')
    t.same(await roles(), ['replica', 'primary'], 'new sessions that are read only by default make a replica as well')
    t.match((await report(primary, MONITOR)).words, 'replica by tx_read_only, of nobody')
    await primary.sql('SET GLOBAL tx_read_only = OFF')
    await replica.sql('SET GLOBAL read_only = ON')
    t.same(await roles(), ['primary', 'replica'])
  })

  await t.test('a thousand checks leave no aborted connect, no blocked host and no line in the log', async (t) => {
    const servers = [primary, replica]
    const names = ['Aborted_connects', 'Aborted_clients', 'Access_denied_errors']
    const counters = () => Promise.all(servers.flatMap((server) => names.map((name) => server.status(name))))
    const check = (i: number) => report(i % 2 === 0 ? primary : replica, { ...MONITOR, from: '127.0.0.2' })
    // the first one from an address is for its name, and logs that it has none
    await many(2, check)
    const before = await counters()
    const lines = servers.map(({ log }) => log.length)
    await withoutLeak(async () => {
      t.same([...(await many(1_000, check))], [['passed', 1_000]])
    })
    t.same(await counters(), before)
    t.same(
      servers.map(({ log }, i) => log.slice(lines[i])),
      [[], []],
    )
  })

  await t.test('its lag grows while it replays late', async (t) => {
    await replica.sql('STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=100; START SLAVE')
    await primary.sql('CREATE DATABASE late')
    await eventually('a lag of more than a second', async () => {
      const lagMs = (await report(replica, MONITOR)).database?.lagMs ?? 0
      return lagMs > 1_000 && lagMs < 60_000
    })
    await replica.sql('STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=0; START SLAVE')
    await replica.catchUp(primary)
    t.match(await report(replica, MONITOR), { passed: true, database: { lagMs: 0 } })
  })

  await t.test('its lag is unknown, which is long, while its SQL thread stands', async (t) => {
    await replica.sql('STOP SLAVE SQL_THREAD')
    const { passed, database, words } = await report(replica, MONITOR)
    t.match({ passed, database }, { passed: true, database: { role: 'replica', lagMs: UNKNOWN_LAG_MS } })
    t.match(words, ', lag unknown: its SQL thread runs: No')
    await replica.sql('START SLAVE SQL_THREAD')
    await replica.catchUp(primary)
    await eventually('no lag', async () => (await report(replica, MONITOR)).database?.lagMs === 0)
  })

  await t.test('and while the replay is broken: with what broke it', async () => {
    await primary.sql('CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY)')
    await replica.catchUp(primary)
    await replica.sql('SET sql_log_bin = OFF; INSERT INTO d.t VALUES (1)')
    await primary.sql('INSERT INTO d.t VALUES (1)')
    await eventually('the SQL thread stops', async () => {
      const { database, words } = await report(replica, MONITOR)
      return database?.lagMs === UNKNOWN_LAG_MS && words.includes("Duplicate entry '1' for key 'PRIMARY'")
    })
    await replica.sql('SET sql_log_bin = OFF; DELETE FROM d.t; START SLAVE SQL_THREAD')
    await replica.catchUp(primary)
  })

  await t.test('a user without the privilege learns the role alone, and the words say so', async (t) => {
    await primary.sql("CREATE USER nobody@'%'")
    await replica.catchUp(primary)
    const { passed, database, words } = await report(replica, { user: 'nobody' })
    t.same({ passed, database }, { passed: true, database: { role: 'replica' } })
    t.match(words, 'lag unknown: the user may not see it (it needs REPLICATION CLIENT, in MariaDB REPLICA MONITOR)')
  })

  await t.test('a replica whose primary is gone does not know its lag', async (t) => {
    await primary.kill()
    await eventually('its I/O thread has noticed', async () => {
      const { database, words } = await report(replica, MONITOR)
      return database?.lagMs === UNKNOWN_LAG_MS && words.includes('its I/O thread runs: Connecting')
    })
    t.match((await report(replica, MONITOR)).words, `error reconnecting to master 'repl@127.0.0.1:${primary.port}'`)
  })
})
