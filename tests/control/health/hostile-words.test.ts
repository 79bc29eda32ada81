/** What a server says gets into our words, and with them into logs, terminals and tables: as text, and not without end. */
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startProbe } from '../../../src/control/health/run-probe.js'
import type { CheckSettings } from '../../../src/control/health/settings.js'
import { answeringAndClosing, startMisbehaving } from '../../support/misbehaving-servers.js'
import { mysqlGreeting, mysqlPacket } from '../../support/mysql-packets.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, timeoutMs: 5_000, rise: 2, fall: 3 }
/** A line of its own, a terminal that is cleared in two ways, a direction that turns, and much. */
const HOSTILE = `up\r\nheadgate is fine\u001b[2J\u009b2J\u202e${'x'.repeat(50_000)}`

async function wordsOf(settings: CheckSettings, behaviour: (socket: Socket) => void) {
  const { port, close } = await startMisbehaving(behaviour)
  const said: string[] = []
  try {
    const target = { family: 4, host: '127.0.0.1', port } as const
    const { words } = await startProbe(target, undefined, settings, Date.now, (step) => said.push(step)).report
    return [...said, words]
  } finally {
    await close()
  }
}

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
const document = JSON.stringify({ state: HOSTILE, role: 'replica' })
const text = (value: string) => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([0xfd, bytes.length & 0xff, bytes.length >> 8, 0]), bytes])
}
const column = Buffer.concat([
  ...['def', '', '', '', 'a', 'a'].map(text),
  Buffer.from([0x0c, 45, 0, 0, 1, 0, 0, 0xfd, 0, 0, 0, 0, 0]),
])
const end = Buffer.from([0xfe, 0, 0, 2, 0])
const inRow = (...payloads: readonly Buffer[]) => Buffer.concat(payloads.map((one, i) => mysqlPacket(i + 1, one)))
const nothing = inRow(Buffer.from([1]), column, end, end)
const ok = Buffer.from([0, 0, 0, 2, 0, 0, 0])

t.test('Patroni, in the state of a server', async (t) => {
  const words = await wordsOf(
    { ...SCHEDULE, type: 'patroni' },
    answeringAndClosing(`HTTP/1.1 503 No\r\n\r\n${document}`),
  )
  judge(t, words, /PostgreSQL is in state/)
})

t.test('Redis, in the state of its link', async (t) => {
  const role = `*5\r\n${bulk('slave')}${bulk('h')}:1\r\n${bulk(HOSTILE)}:1\r\n`
  const answers = ['+PONG\r\n', '-NOPERM no\r\n', role]
  const words = await wordsOf({ ...SCHEDULE, type: 'redis', primaryAfterMs: 0 }, (socket) => {
    socket.on('data', () => socket.write(answers.shift() ?? ''))
  })
  judge(t, words, /its link to the primary is in state/)
})

t.test('MySQL, in the answer to the query of the check', async (t) => {
  const value = inRow(Buffer.from([1]), column, end, text(HOSTILE), end)
  const answers = [mysqlPacket(2, ok), nothing, nothing, mysqlPacket(1, ok), value]
  const settings = { ...SCHEDULE, type: 'mysql', donor: false, user: 'monitor', query: 'SELECT a' } as const
  const words = await wordsOf(settings, (socket) => {
    socket.write(mysqlGreeting)
    socket.on('data', () => socket.write(answers.shift() ?? ''))
  })
  judge(t, words, /the query answered up/)
})

function judge(t: Test, words: readonly string[], expected: RegExp) {
  t.ok(
    words.some((one) => expected.test(one)),
    'the words in question are there',
  )
  for (const one of words) {
    t.notMatch(one, /[\p{Cc}\p{Cf}]/u)
    t.ok(one.length <= 1_000, `${one.length} characters`)
  }
}
