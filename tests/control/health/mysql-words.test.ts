/** What MySQL and MariaDB, of today and of before, say about role and replication. */
import t from 'tap'
import type { Row } from '../../../src/control/health/probes/mysql/client.js'
import { readGreeting } from '../../../src/control/health/probes/mysql/greeting.js'
import { packet } from '../../../src/control/health/probes/mysql/packets.js'
import { galeraOf, saidNotToServe } from '../../../src/control/health/probes/mysql/readiness.js'
import {
  readOnlyBy,
  replicationOf,
  replicationStatements,
  UNKNOWN_LAG_MS,
  variablesOf,
} from '../../../src/control/health/probes/mysql/replication.js'

/** `SHOW REPLICA STATUS` of MySQL 8.0.22 and newer; some columns of many. */
const OF_TODAY: Row = {
  Source_Host: '10.0.0.1',
  Source_Port: '3306',
  Replica_IO_Running: 'Yes',
  Replica_SQL_Running: 'Yes',
  Seconds_Behind_Source: '7',
  Last_IO_Error: '',
  Last_SQL_Error: '',
  Channel_Name: '',
}

/** `SHOW SLAVE STATUS` of MySQL 5.7. */
const OF_BEFORE: Row = {
  Master_Host: '10.0.0.1',
  Master_Port: '3306',
  Slave_IO_Running: 'Yes',
  Slave_SQL_Running: 'Yes',
  Seconds_Behind_Master: '7',
  Last_IO_Error: '',
  Last_SQL_Error: '',
}

t.test('seconds behind are read from the words of today and of before', async (t) => {
  const expected = { lagMs: 7_000, words: 'replica of 10.0.0.1:3306, 7s behind' }
  t.same(replicationOf([OF_TODAY]), expected)
  t.same(replicationOf([OF_BEFORE]), expected)
  t.same(replicationOf([{ Connection_name: 'east', ...OF_BEFORE }]), {
    lagMs: 7_000,
    words: 'replica of 10.0.0.1:3306 (channel east), 7s behind',
  })
  t.equal(replicationOf([]), undefined)
})

t.test('of several channels the one that is furthest behind counts', async (t) => {
  const east = { ...OF_TODAY, Channel_Name: 'east' }
  const west = { ...OF_TODAY, Channel_Name: 'west', Source_Host: '10.0.0.2', Seconds_Behind_Source: '60' }
  t.equal(replicationOf([east, west])?.words, 'replica of 10.0.0.2:3306 (channel west), 60s behind')
  t.equal(replicationOf([{ ...east, Seconds_Behind_Source: null }, west])?.lagMs, UNKNOWN_LAG_MS)
})

t.test('seconds that are no number are not known, and no reason to trust a replica', async (t) => {
  for (const seconds of ['', 'NULL', '-1', 'soon']) {
    t.equal(replicationOf([{ ...OF_TODAY, Seconds_Behind_Source: seconds }])?.lagMs, UNKNOWN_LAG_MS, seconds)
  }
})

t.test("the channels of group replication's own are none", async (t) => {
  t.equal(replicationOf([{ ...OF_TODAY, Channel_Name: 'group_replication_recovery' }]), undefined)
})

t.test('NULL seconds are told with the thread that stands, and why', async (t) => {
  const stopped = {
    ...OF_TODAY,
    Seconds_Behind_Source: null,
    Replica_SQL_Running: 'No',
    Last_SQL_Error: 'duplicate\nkey',
  }
  t.same(replicationOf([stopped]), {
    lagMs: UNKNOWN_LAG_MS,
    words: 'replica of 10.0.0.1:3306, lag unknown: its SQL thread runs: No (duplicate?key)',
  })
  const cutOff = { ...OF_TODAY, Seconds_Behind_Source: null, Replica_IO_Running: 'Connecting' }
  t.match(replicationOf([cutOff])?.words, /lag unknown: its I\/O thread runs: Connecting$/)
})

t.test('each server is asked in its own words first, and in the others when it does not know them', async (t) => {
  const ask = (version: string, isMariaDB = false) => replicationStatements({ version, isMariaDB })
  t.same(ask('10.11.19', true), ['SHOW ALL SLAVES STATUS', 'SHOW SLAVE STATUS'])
  t.same(ask('5.7.44'), ['SHOW SLAVE STATUS', 'SHOW REPLICA STATUS'])
  t.same(ask('8.0.21'), ['SHOW SLAVE STATUS', 'SHOW REPLICA STATUS'])
  for (const version of ['8.0.22', '8.4', '9.1.0']) t.equal(ask(version)[0], 'SHOW REPLICA STATUS', version)
})

t.test('any way to be read only makes a replica', async (t) => {
  const by = (Variable_name: string, Value: string) => readOnlyBy(variablesOf([{ Variable_name, Value }]))
  t.same(by('read_only', 'OFF'), [])
  t.same(by('read_only', '0'), [])
  t.same(by('READ_ONLY', 'ON'), ['read_only'])
  t.same(by('read_only', 'NO_LOCK'), ['read_only'], 'MariaDB 12')
  for (const name of ['super_read_only', 'transaction_read_only', 'tx_read_only', 'innodb_read_only']) {
    t.same(by(name, 'ON'), [name])
  }
})

t.test('an operator may say that a server shall not serve', async (t) => {
  const said = (Variable_name: string, Value: string) => saidNotToServe(variablesOf([{ Variable_name, Value }]))
  t.equal(said('offline_mode', 'OFF'), undefined)
  t.equal(said('offline_mode', 'ON'), 'offline_mode is ON')
  t.equal(said('pxc_maint_mode', 'DISABLED'), undefined)
  t.equal(said('pxc_maint_mode', 'MAINTENANCE'), 'pxc_maint_mode is MAINTENANCE')
  t.equal(said('wsrep_reject_queries', 'NONE'), undefined)
  t.equal(said('wsrep_reject_queries', 'ALL_KILL'), 'wsrep_reject_queries is ALL_KILL')
})

t.test('a node of Galera serves when it is synced and ready', async (t) => {
  const node = (state: string, ready: string, takesDonor = false) =>
    galeraOf(
      variablesOf([
        { Variable_name: 'wsrep_local_state', Value: state },
        { Variable_name: 'wsrep_local_state_comment', Value: 'so' },
        { Variable_name: 'wsrep_ready', Value: ready },
      ]),
      takesDonor,
    )
  t.same(node('4', 'ON'), { isReady: true, words: 'wsrep_local_state is 4 (so)' })
  t.same(node('4', 'OFF'), { isReady: false, words: 'wsrep_ready is OFF (so)' })
  for (const state of ['0', '1', '3', '5']) t.notOk(node(state, 'ON', true).isReady, state)
  t.notOk(node('2', 'ON').isReady)
  t.ok(node('2', 'ON', true).isReady)
  t.notOk(galeraOf(new Map(), true).isReady, 'a server that says nothing about it')
})

t.test('a greeting tells vendor, version and whether there is TLS', async (t) => {
  const greet = (version: string, capabilities: number) => {
    const low = Buffer.alloc(2)
    low.writeUInt16LE(capabilities)
    return readGreeting(packet(0, Buffer.concat([Buffer.from(`\x0a${version}\0`), Buffer.alloc(13), low])))
  }
  const [PROTOCOL_41, TLS] = [0x200, 0x800]
  t.same(greet('8.0.36-28', PROTOCOL_41 | TLS), { isMariaDB: false, version: '8.0.36', hasTls: true })
  t.same(greet('5.5.5-10.11.19-MariaDB-log', PROTOCOL_41), { isMariaDB: true, version: '10.11.19', hasTls: false })
  t.same(greet('11.4.2-MariaDB', PROTOCOL_41), { isMariaDB: true, version: '11.4.2', hasTls: false })
  t.equal(greet('4.0', 0), undefined, 'the protocol before 4.1 is nobody’s any more')
  for (let length = 0; length < 30; length++) {
    t.equal(readGreeting(packet(0, Buffer.alloc(length, 10))), undefined, `${length} bytes that are none`)
  }
})
