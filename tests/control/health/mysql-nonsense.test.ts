/** The MySQL probe against servers that are none, that break off, and that never end. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { freePort } from '../../support/free-port.js'
import { startMisbehaving, withoutLeak } from '../../support/misbehaving-servers.js'
import { mysqlError as error, mysqlGreeting as GREETING, mysqlPacket as packet } from '../../support/mysql-packets.js'
import { MONITOR, report } from './mysql-report.js'

const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0])

/** Says each of these, one for each time that the probe has said something; the first one at once. */
const saying =
  (...answers: readonly (Buffer | 'end' | 'reset')[]) =>
  (socket: Socket) => {
    const left = [...answers]
    const next = () => {
      const answer = left.shift()
      if (answer === 'end') socket.end()
      else if (answer === 'reset') socket.resetAndDestroy()
      else if (answer) socket.write(answer)
    }
    next()
    socket.on('data', next)
  }

interface Case {
  readonly name: string
  readonly server: (socket: Socket) => void
  readonly code: string
  readonly reason: string
  readonly words: RegExp
  /** It shows at once, not when the time is up. */
  readonly isPrompt?: true
}

const CASES: readonly Case[] = [
  {
    name: 'accepts and says nothing',
    server: () => {},
    code: 'L7TOUT',
    reason: 'no-answer',
    words: /^no answer to the connect from 127\.0\.0\.1:\d+ within 200ms$/,
  },
  {
    name: 'closes before its greeting',
    server: saying('end'),
    code: 'L7RSP',
    reason: 'closed',
    words: /closed the connection without an answer to the connect$/,
    isPrompt: true,
  },
  {
    name: 'resets before its greeting',
    server: saying('reset'),
    code: 'L7RSP|L4CON', // it may come with the connect itself
    reason: 'reset',
    words: /connection reset by/,
    isPrompt: true,
  },
  {
    name: 'says half a greeting',
    server: saying(GREETING.subarray(0, 30)),
    code: 'L7TOUT',
    reason: 'truncated',
    words: /^half an answer to the connect from .* and no more within 200ms$/,
  },
  {
    name: 'says half a greeting and closes',
    server: (socket) => void socket.end(GREETING.subarray(0, 30)),
    code: 'L7RSP',
    reason: 'truncated',
    words: /^half an answer to the connect from .* then the end of the connection$/,
    isPrompt: true,
  },
  {
    name: 'is an SSH server',
    server: saying(Buffer.from('SSH-2.0-OpenSSH_9.2p1\r\n')),
    code: 'L7RSP',
    reason: 'garbage',
    words: /does not speak MySQL: it says "SSH-2\.0-OpenSSH/,
    isPrompt: true,
  },
  {
    name: 'says a short packet that is no greeting',
    server: saying(packet(0, Buffer.from('hello'))),
    code: 'L7RSP',
    reason: 'garbage',
    words: /does not speak MySQL: it says/,
    isPrompt: true,
  },
  {
    name: 'floods whoever connects',
    server: saying(Buffer.alloc(3_000_000, 0x20)),
    code: 'L7RSP',
    reason: 'garbage',
    words: /does not speak MySQL: it says " {32}"… \(\d+ bytes\)$/,
    isPrompt: true,
  },
  {
    name: 'is silent about the login',
    server: saying(GREETING),
    code: 'L7TOUT',
    reason: 'no-answer',
    words: /^no answer to the login from/,
  },
  {
    name: 'closes at the login',
    server: saying(GREETING, 'end'),
    code: 'L7RSP',
    reason: 'closed',
    words: /without an answer to the login$/,
    isPrompt: true,
  },
  {
    name: 'resets at the login',
    server: saying(GREETING, 'reset'),
    code: 'L7RSP',
    reason: 'reset',
    words: /connection reset by 127\.0\.0\.1:\d+ in place of an answer to the login$/,
    isPrompt: true,
  },
  {
    name: 'answers the login out of turn',
    server: saying(GREETING, packet(7, OK)),
    code: 'L7RSP',
    reason: 'garbage',
    words: /does not speak MySQL/,
    isPrompt: true,
  },
  {
    name: 'answers the login with what is no answer',
    server: saying(GREETING, packet(2, Buffer.from('what?'))),
    code: 'L7RSP',
    reason: 'garbage',
    words: /answered the login in a way that makes no sense \(Unexpected packet during handshake phase\)$/,
    isPrompt: true,
  },
  {
    name: 'answers half of the login',
    server: saying(GREETING, packet(2, OK).subarray(0, 6)),
    code: 'L7TOUT',
    reason: 'truncated',
    words: /^half an answer to the login/,
  },
  {
    name: 'shuts down at the login',
    server: saying(GREETING, packet(2, error(1053, '#08S01Server shutdown in progress'))),
    code: 'L7STS',
    reason: 'not-ready',
    words: /answered the login with error 1053: Server shutdown in progress$/,
    isPrompt: true,
  },
  {
    name: 'is MySQL, takes nobody without TLS, and says so',
    server: saying(GREETING, packet(2, error(3159, '#HY000Connections using insecure transport are prohibited'))),
    code: 'L7STS',
    reason: 'tls-required',
    words: /error 3159: Connections using insecure transport are prohibited$/,
    isPrompt: true,
  },
  {
    name: 'is silent about its variables',
    server: saying(GREETING, packet(2, OK)),
    code: 'L7TOUT',
    reason: 'query-timeout',
    words: /^no answer to the question for its variables from/,
  },
  {
    name: 'answers a question with one column that it does not go on to describe',
    server: saying(GREETING, packet(2, OK), packet(1, Buffer.from([1]))),
    code: 'L7TOUT',
    reason: 'truncated',
    words: /^half an answer to the question for its variables/,
  },
  {
    name: 'asks for a file of ours',
    server: saying(
      GREETING,
      packet(2, OK),
      packet(1, Buffer.from('\xfb/etc/passwd', 'latin1')),
      packet(3, error(1105, '#HY000No file')),
    ),
    code: 'L7STS',
    reason: 'query-failed',
    words: /answered the question for its variables with error 1105: No file$/,
    isPrompt: true,
  },
  {
    name: 'says while it is asked, and out of turn, that it shuts down',
    server: saying(GREETING, packet(2, OK), packet(0, error(1053, '#08S01Server shutdown in progress'))),
    code: 'L7STS',
    reason: 'not-ready',
    words: /answered the question for its variables with error 1053/,
    isPrompt: true,
  },
  {
    name: 'breaks off while it is asked',
    server: saying(GREETING, packet(2, OK), 'end'),
    code: 'L7RSP',
    reason: 'closed',
    words: /without an answer to the question for its variables$/,
    isPrompt: true,
  },
]

const TIMES = 5

for (const { name, server, code, reason, words, isPrompt } of CASES) {
  t.test(`a server that ${name}`, async (t) => {
    const lines = linesOfConsole(t)
    const { port, close } = await startMisbehaving(server)
    t.teardown(close)
    const timeoutMs = isPrompt ? 5_000 : 200
    await withoutLeak(async () => {
      const began = performance.now()
      const reports = await Promise.all(
        Array.from({ length: TIMES }, () => report({ port }, { ...MONITOR, timeoutMs })),
      )
      const took = performance.now() - began
      for (const one of reports) t.match(one, { passed: false, code: new RegExp(code), reason, words })
      t.ok(took < 4_000, `took ${took} ms`)
    })
    t.same(lines, [], 'the library is not heard')
  })
}

t.test('a server that is not there, and one that does not answer the TLS handshake', async (t) => {
  t.match(await report({ port: await freePort() }, MONITOR), { passed: false, code: 'L4CON', reason: 'refused' })
  const { port, close } = await startMisbehaving(saying(GREETING))
  t.teardown(close)
  await withoutLeak(async () => {
    const options = { ...MONITOR, tls: { verify: 'none' as const }, timeoutMs: 200 }
    t.match(await report({ port }, options), { passed: false, code: 'L6TOUT', reason: 'no-answer' })
  })
})

t.test('a TLS handshake that is answered with garbage, a close or a reset', async (t) => {
  const tls = { verify: 'none' as const }
  const answers = [
    [Buffer.from('what is this?\n'), 'tls-refused'],
    ['end', 'closed'],
    ['reset', 'reset'],
  ] as const
  for (const [answer, reason] of answers) {
    const { port, close } = await startMisbehaving(saying(GREETING, answer))
    await withoutLeak(async () => {
      t.match(await report({ port }, { ...MONITOR, tls }), { passed: false, code: 'L6RSP', reason })
    })
    await close()
  }
})

t.test('a server that greets with a refusal: full, or tired of us', async (t) => {
  const refusals = [
    [1040, 'Too many connections', 'too-many-connections'],
    [1129, "Host '10.0.0.1' is blocked", 'denied'],
    [1130, "Host '10.0.0.1' is not allowed", 'denied'],
  ] as const
  for (const [errno, message, reason] of refusals) {
    const refusing = (socket: Socket) => void socket.end(packet(0, error(errno, message)))
    const { port, close } = await startMisbehaving(refusing)
    const { words, ...found } = await report({ port })
    t.match(found, { passed: false, code: 'L7STS', reason })
    t.match(words, `answered the connect with error ${errno}: ${message}`)
    await close()
  }
})

t.test('a server that keeps its side open after the good-bye is left when the time is up', async (t) => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {})
    saying(GREETING, packet(2, error(1045, '#28000Access denied')))(socket)
  })
  const port = await freePort()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  await withoutLeak(async () => {
    const { passed } = await report({ port }, { timeoutMs: 300 })
    t.ok(passed)
  })
})

function linesOfConsole(t: Test): readonly unknown[] {
  const lines: unknown[] = []
  for (const name of ['log', 'warn', 'error', 'trace'] as const) {
    const { [name]: before } = console
    console[name] = (...words: readonly unknown[]) => void lines.push(words)
    t.teardown(() => {
      console[name] = before
    })
  }
  return lines
}
