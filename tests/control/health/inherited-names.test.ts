/** What a server calls its errors and its ways to log in may be what every object of JavaScript has by birth. */
import type { Socket } from 'node:net'
import t from 'tap'
import { PROBE_REASONS } from '../../../src/control/health/probes/reasons.js'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { CheckSettings } from '../../../src/control/health/settings.js'
import { answering, startMisbehaving } from '../../support/misbehaving-servers.js'
import { mysqlError, mysqlGreeting, mysqlPacket } from '../../support/mysql-packets.js'
import { refusal } from '../../support/postgres-messages.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 2_000, rise: 2, fall: 3 }
const NAMES = ['constructor', 'toString', '__proto__']

async function probe(settings: CheckSettings, behaviour: (socket: Socket) => void) {
  const { port, close } = await startMisbehaving(behaviour)
  try {
    return await startProbe({ family: 4, host: '127.0.0.1', port }, undefined, settings, Date.now).report
  } finally {
    await close()
  }
}

for (const name of NAMES) {
  t.test(`a Redis whose error is of the kind ${name}`, async (t) => {
    const settings = { ...SCHEDULE, type: 'redis', primaryAfterMs: 0 } as const
    const { passed, reason } = await probe(settings, answering(`-${name} of what?\r\n`))
    t.same({ passed, reason }, { passed: false, reason: 'wrong-answer' })
  })

  t.test(`a PostgreSQL whose SQLSTATE is ${name}`, async (t) => {
    const login = { user: 'monitor', database: 'postgres', sslmode: 'disable' } as const
    const settings = { ...SCHEDULE, type: 'postgres', login } as const
    const { passed, reason } = await probe(settings, answering(refusal(name, 'no')))
    t.same({ passed, reason }, { passed: false, reason: 'denied' })
    t.ok(PROBE_REASONS.includes(reason))
  })

  t.test(`a MySQL that asks for a login by the plugin ${name}`, async (t) => {
    const turns = [
      mysqlPacket(2, Buffer.from(`\xfe${name}\0salt`, 'latin1')),
      mysqlPacket(4, mysqlError(1045, 'Denied')),
    ]
    const { passed, words } = await probe({ ...SCHEDULE, type: 'mysql', donor: false, user: 'monitor' }, (socket) => {
      socket.write(mysqlGreeting)
      socket.on('data', () => socket.write(turns.shift() ?? ''))
    })
    t.ok(passed, 'it is alive, and refuses who has no password')
    t.match(words, /error 1045/)
  })
}
