/** The PostgreSQL probe against servers that are none, or not in order: a reason for each, in time, and no leak. */
import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import t, { type Test } from 'tap'
import type { PostgresLogin } from '../../../src/control/health/probes/postgres/settings.js'
import type { ProbeReason } from '../../../src/control/health/probes/reasons.js'
import type { ProbeCode } from '../../../src/control/registry/server.js'
import {
  answering,
  answeringAndClosing,
  closing,
  flooding,
  resetting,
  silent,
  startMisbehaving,
  withoutLeak,
} from '../../support/misbehaving-servers.js'
import {
  authentication,
  endlessRefusal,
  loggedIn,
  negativeRow,
  ready,
  refusal,
  shortRow,
} from '../../support/postgres-messages.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { probePostgres } from './postgres-probe.js'

const TIMEOUT_MS = 250
const PLAIN = { sslmode: 'disable' } as const
const TLS = { sslmode: 'require' } as const
const noProc = process.platform === 'linux' ? false : 'counts descriptors in /proc'

type Behaviour = (socket: Socket) => void

/** Answers what the client says first, second, …; after the last it is silent. */
const inTurn =
  (...answers: readonly (Uint8Array | Behaviour)[]): Behaviour =>
  (socket) => {
    const left = [...answers]
    socket.on('data', () => {
      const next = left.shift()
      if (typeof next === 'function') next(socket)
      else if (next) socket.write(next)
    })
  }
const hangUp: Behaviour = (socket) => socket.end()
const crash: Behaviour = (socket) => socket.resetAndDestroy()
const half = loggedIn.subarray(0, 7)

type Case = readonly [what: string, Behaviour, ProbeCode, ProbeReason]

function judge(login: Partial<PostgresLogin> | undefined, cases: readonly Case[]) {
  return async (t: Test) => {
    for (const [what, behaviour, code, reason] of cases) {
      const server = await startMisbehaving(behaviour)
      const { passed, words, durationMs, ...found } = await probePostgres(server.port, login, { timeoutMs: TIMEOUT_MS })
      t.match({ passed, code: found.code, reason: found.reason }, { passed: false, code, reason }, `${what}: ${words}`)
      t.match(words, `127.0.0.1:${server.port}`, `${what}: says where`)
      t.ok(durationMs < TIMEOUT_MS + 500, `${what}: in time`)
      await server.close()
    }
  }
}

t.test(
  'nobody logs in',
  judge(undefined, [
    ['never answers', silent, 'L7TOUT', 'no-answer'],
    ['closes', closing, 'L7RSP', 'closed'],
    ['resets', resetting, 'L7RSP', 'reset'],
    ['speaks HTTP', answering('HTTP/1.1 400 Bad Request\r\n'), 'L7RSP', 'garbage'],
    ['says too much', answering('NN'), 'L7RSP', 'garbage'],
    ['knows no GSSAPI', answeringAndClosing(refusal('0A000', 'unsupported')), 'L7RSP', 'wrong-answer'],
  ]),
)

t.test(
  'the login',
  judge(PLAIN, [
    ['never answers', silent, 'L7TOUT', 'no-answer'],
    ['answers half a message', answering(half), 'L7TOUT', 'truncated'],
    ['answers a letter', answering('R'), 'L7TOUT', 'truncated'],
    ['answers half a message and closes', answeringAndClosing(half), 'L7RSP', 'truncated'],
    ['says half of what is to say', answering(authentication(0)), 'L7TOUT', 'no-answer'],
    ['closes', closing, 'L7RSP', 'closed'],
    ['resets', resetting, 'L7RSP', 'reset'],
    ['speaks HTTP', answering('HTTP/1.1 400 Bad Request\r\n'), 'L7RSP', 'garbage'],
    ['speaks MySQL', answering(Uint8Array.of(0x4a, 0, 0, 0, 0x0a)), 'L7RSP', 'garbage'],
    ['sends zeros without end', flooding(Buffer.alloc(4_096)), 'L7RSP', 'garbage'],
    ['lets in without end', flooding(Buffer.concat(Array(1_000).fill(loggedIn))), 'L7RSP', 'wrong-answer'],
    ['refuses without end', answering(endlessRefusal), 'L7RSP', 'garbage'],
    ['sends a row of too many columns', answering(shortRow), 'L7RSP', 'garbage'],
    ['sends a row of fewer than none', answering(negativeRow), 'L7RSP', 'garbage'],
    ['wants GSSAPI', answering(authentication(7)), 'L7RSP', 'denied'],
    ['wants the password that nobody gave', answering(authentication(3)), 'L7RSP', 'wrong-password'],
    ['is starting up', answeringAndClosing(refusal('57P03', 'starting up')), 'L7RSP', 'not-ready'],
    ['is full', answeringAndClosing(refusal('53300', 'too many clients')), 'L7RSP', 'too-many-connections'],
    ['is a pooler that wants TLS', answeringAndClosing(refusal('08P01', 'SSL required')), 'L7RSP', 'tls-required'],
    ['is told to stop', answeringAndClosing(refusal('57P01', 'terminating')), 'L7RSP', 'closed'],
  ]),
)

t.test(
  'the query',
  judge(PLAIN, [
    ['is not answered', inTurn(loggedIn), 'L7TOUT', 'query-timeout'],
    ['is answered in half', inTurn(loggedIn, shortRow.subarray(0, 6)), 'L7TOUT', 'truncated'],
    ['is answered by nothing', inTurn(loggedIn, ready), 'L7RSP', 'wrong-answer'],
    ['is answered by a row of nothing', inTurn(loggedIn, shortRow), 'L7RSP', 'garbage'],
    ['ends the connection', inTurn(loggedIn, hangUp), 'L7RSP', 'closed'],
    ['resets the connection', inTurn(loggedIn, crash), 'L7RSP', 'reset'],
    ['is refused', inTurn(loggedIn, refusal('42883', 'no such function')), 'L7RSP', 'query-failed'],
    ['is cancelled', inTurn(loggedIn, refusal('57014', 'canceling')), 'L7TOUT', 'query-timeout'],
  ]),
)

const YES = Buffer.from('S')

t.test(
  'TLS',
  judge(TLS, [
    ['never answers', silent, 'L7TOUT', 'no-answer'],
    ['has none', answering('N'), 'L6RSP', 'tls-refused'],
    ['answers an error', answeringAndClosing(refusal('53300', 'too many clients')), 'L6RSP', 'wrong-answer'],
    ['is pushed something in front', answering('Sx'), 'L6RSP', 'garbage'],
    ['shakes no hand', inTurn(YES), 'L6TOUT', 'no-answer'],
    ['shakes no hand and closes', inTurn(YES, hangUp), 'L6RSP', 'closed'],
    ['shakes no hand and resets', inTurn(YES, crash), 'L6RSP', 'reset'],
    ['answers in plain', inTurn(YES, loggedIn), 'L6RSP', 'tls-refused'],
  ]),
)

t.test('a server that agrees to TLS and goes, while the probe reads its certificates', async (t) => {
  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const sslrootcert = join(folder.path, 'root.pem')
  writeFileSync(sslrootcert, rootCertificates[0] ?? '')
  const goings: readonly (readonly [RegExp, Behaviour])[] = [
    [/^closed$/, answeringAndClosing(YES)],
    // Node may take a reset right behind bytes for an end
    [/^(?:reset|closed)$/, (socket) => socket.once('data', () => socket.write(YES, () => socket.resetAndDestroy()))],
  ]
  for (const [reason, behaviour] of goings) {
    const server = await startMisbehaving(behaviour)
    await withoutLeak(async () => {
      const login = { sslmode: 'verify-ca', sslrootcert } as const
      const { durationMs, ...found } = await probePostgres(server.port, login, { timeoutMs: 5_000 })
      t.match(found, { passed: false, code: 'L6RSP', reason })
      t.ok(durationMs < 4_000, `at once, not when the time is up: ${durationMs} ms`)
    })
    await server.close()
  }
})

t.test('a server that is given the password in clear cannot put it into our words', async (t) => {
  const folder = temporaryFolder()
  t.teardown(folder.remove)
  const file = join(folder.path, 'password')
  writeFileSync(file, 'pencil')
  const echo: Behaviour = (socket) =>
    void socket.once('data', () => {
      socket.write(authentication(3))
      socket.once('data', (said) => socket.end(refusal('28P01', `is it ${said.subarray(5, -1)}?\n\u001b[31m`)))
    })
  const server = await startMisbehaving(echo)
  t.teardown(() => server.close())
  const { reason, words } = await probePostgres(server.port, { ...PLAIN, password: { file } })
  t.equal(reason, 'wrong-password')
  t.equal(words, `127.0.0.1:${server.port} does not let postgres in: is it ***? (28P01)`)
})

t.test('a thousand probes of servers that hang leave no descriptor', { skip: noProc }, async (t) => {
  const kinds = [silent, answering(half), inTurn(loggedIn), inTurn(YES), inTurn(YES, half)]
  const servers = await Promise.all(kinds.map((kind) => startMisbehaving(kind)))
  t.teardown(() => Promise.all(servers.map((server) => server.close())))
  const round = async () => {
    const probes = servers.flatMap(({ port }) =>
      [undefined, PLAIN, TLS, {}].map((login) => probePostgres(port, login, { timeoutMs: 60 })),
    )
    const passed = (await Promise.all(probes)).filter((report) => report.passed)
    t.same(passed, [])
  }
  await round()
  await withoutLeak(async () => {
    for (let i = 0; i < 50; i++) await round()
  })
  t.pass('descriptors are back at what they were')
})
