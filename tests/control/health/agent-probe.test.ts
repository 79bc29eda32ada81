/** The agent probe against agents, and against some that are none. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { parseLine } from '../../../src/control/health/probes/agent/parse-line.js'
import { startProbe } from '../../../src/control/health/run-probe.js'
import { freePort } from '../../support/free-port.js'
import { flooding, startMisbehaving, withoutLeak } from '../../support/misbehaving-servers.js'

const SCHEDULE = { intervalMs: 1_000, fastIntervalMs: 500, rise: 1, fall: 1 }

async function report(port: number, { send, timeoutMs = 2_000 }: { send?: string; timeoutMs?: number } = {}) {
  const settings = { type: 'agent', ...SCHEDULE, timeoutMs, send: send === undefined ? undefined : Buffer.from(send) }
  const steps: string[] = []
  const target = { family: 4, host: '127.0.0.1', port } as const
  const finding = await startProbe(target, undefined, settings as never, Date.now, (words) => steps.push(words)).report
  return { ...finding, steps }
}

/** An agent that does this to whoever connects. */
async function agentThat(t: Test, speak: (socket: Socket) => void): Promise<number> {
  const { port, close } = await startMisbehaving(speak)
  t.teardown(close)
  return port
}
const saying = (t: Test, text: string) => agentThat(t, (socket) => void socket.end(text))

t.test('words in any order and case, parted by blanks, tabs and commas; the last of a kind holds', async (t) => {
  t.same(parseLine('up 75%, maxconn:30\tready'), {
    advice: { health: 'up', weightPercent: 75, maxSessions: 30, admin: 'ready' },
    unknown: undefined,
  })
  t.same(parseLine('DOWN Up  drain,,MAINT 5% 0%').advice, { health: 'up', admin: 'maint', weightPercent: 0 })
  for (const word of ['down', 'fail', 'failed', 'stopped'])
    t.same(parseLine(`${word} # up 5%`).advice, { health: 'down' })
  t.same(parseLine('99999999% maxconn:999999999').advice, { weightPercent: 25_600, maxSessions: 10_000_000 })
  for (const word of [
    '75',
    '-5%',
    '7.5%',
    '%',
    'maxconn:',
    'maxconn:-1',
    'weight:5',
    'upp',
    '__proto__',
    'constructor',
  ]) {
    t.same(parseLine(`up ${word}`), { advice: { health: 'up' }, unknown: word })
  }
  t.same(parseLine(' # nothing'), { advice: {}, unknown: undefined })
})

t.test('whatever is said, advice is within bounds', async () => {
  const words = fc.constantFrom('up', 'down', 'drain', '75%', 'maxconn:3', '#', ',', ' ', '\t', '%', 'x')
  const lines = fc.oneof(
    fc.string(),
    fc.array(words).map((words) => words.join('')),
  )
  fc.assert(
    fc.property(lines, (line) => {
      const { weightPercent = 0, maxSessions = 0 } = parseLine(line).advice
      return Number.isInteger(weightPercent) && weightPercent >= 0 && Number.isInteger(maxSessions) && maxSessions >= 0
    }),
  )
})

t.test('a line ends at CR, at LF, or where the agent closes in order', async (t) => {
  for (const text of ['up 50%\n', 'up 50%\r', 'up 50%\r\ndown\n', 'up 50%']) {
    const port = await saying(t, text)
    t.match(await report(port), {
      passed: true,
      code: 'L7OK',
      reason: 'passed',
      words: `127.0.0.1:${port} says "up 50%"`,
      advice: { health: 'up', weightPercent: 50 },
      steps: ['connected', 'said "up 50%"'],
    })
  }
})

t.test(
  'one that keeps its connection open, or speaks in pieces, is understood as soon as its line is whole',
  async (t) => {
    const port = await agentThat(t, (socket) => {
      socket.setNoDelay(true).write('dr')
      setTimeout(() => socket.write('ain\nup'), 20)
    })
    t.match(await report(port), { passed: true, advice: { admin: 'drain' }, words: /says "drain"$/ })
  },
)

t.test('one that says down fails, with its description', async (t) => {
  const port = await saying(t, 'down # disk\x1b[31m full\x07\n')
  t.match(await report(port), {
    passed: false,
    code: 'L7STS',
    reason: 'says-down',
    words: `127.0.0.1:${port} says "down # disk full"`,
    advice: { health: 'down' },
  })
})

t.test('a word that means nothing is told; a line of nothing else is garbage', async (t) => {
  t.match(await report(await saying(t, 'up weight:5\n')), {
    passed: true,
    words: /says "up weight:5" \("weight:5" means nothing\)$/,
  })
  for (const text of ['SSH-2.0-OpenSSH_9.2\r\n', '\n', '# up\n', '\x00\xff\x00\n']) {
    const { advice, ...finding } = await report(await saying(t, text))
    t.match(finding, { passed: false, code: 'L7RSP', reason: 'garbage' }, JSON.stringify(text))
    t.equal(advice, undefined)
  }
})

t.test('what is sent first reaches it', async (t) => {
  const port = await agentThat(t, (socket) => void socket.once('data', (said) => socket.end(`${said}\n`)))
  t.match(await report(port, { send: 'maint\n' }), {
    advice: { admin: 'maint' },
    steps: ['connected', 'sent "maint\\x0a"', 'said "maint"'],
  })
})

t.test('every other end has a reason of its own, within the timeout, and leaves no descriptor', (t) =>
  withoutLeak(async () => {
    const cases: readonly [name: string, speak: (socket: Socket) => void, expected: object][] = [
      ['silent', () => {}, { code: 'L7TOUT', reason: 'no-answer' }],
      ['half a line', (socket) => void socket.write('u'), { code: 'L7TOUT', reason: 'truncated' }],
      ['closes', (socket) => void socket.end(), { code: 'L7RSP', reason: 'closed' }],
      ['resets', (socket) => void socket.resetAndDestroy(), { reason: 'reset' }],
      [
        'half a line, then a reset',
        (socket) => void socket.write('maxconn:1', () => setTimeout(() => socket.resetAndDestroy(), 20)),
        { code: 'L7RSP', reason: 'reset' },
      ],
      ['no end of line', (socket) => void socket.write('up '.repeat(1_000)), { code: 'L7RSP', reason: 'garbage' }],
    ]
    for (const [name, speak, expected] of cases) {
      const { port, close } = await startMisbehaving(speak)
      const began = performance.now()
      const { advice, ...finding } = await report(port, { timeoutMs: 200 })
      t.match(finding, { passed: false, ...expected }, name)
      t.equal(advice, undefined, `${name}: no advice`)
      t.ok(performance.now() - began < 1_000, `${name}: in time`)
      await close()
    }
    const flood = await startMisbehaving(flooding(Buffer.alloc(65_536, 'up ')))
    t.match(await report(flood.port, { send: 'x' }), { code: 'L7RSP', reason: 'garbage' })
    await flood.close()
    t.match(await report(await freePort()), { code: 'L4CON', reason: 'refused' })
  }),
)

t.test('the agent sees an orderly end', async (t) => {
  const ended: Promise<unknown>[] = []
  const port = await agentThat(t, (socket) => {
    ended.push(once(socket, 'end'))
    socket.write('up\n')
  })
  await report(port)
  t.ok(await Promise.all(ended))
})
