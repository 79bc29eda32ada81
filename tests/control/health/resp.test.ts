/** Replies of Redis, whole, cut anywhere, and made up. */
import fc from 'fast-check'
import t from 'tap'
import { command, parseReply, RedisError, type Reply } from '../../../src/control/health/probes/redis/resp.js'

const parsed = (text: string) => parseReply(Buffer.from(text))

t.test('every kind of reply', async (t) => {
  const cases: [string, Reply][] = [
    ['+PONG\r\n', 'PONG'],
    [':-12\r\n', -12],
    ['$5\r\nhe\r\no\r\n', 'he\r\no'],
    ['$0\r\n\r\n', ''],
    ['$-1\r\n', undefined],
    ['*-1\r\n', undefined],
    ['*0\r\n', []],
    ['*3\r\n$5\r\nslave\r\n:1\r\n*1\r\n+x\r\n', ['slave', 1, ['x']]],
  ]
  for (const [text, reply] of cases) t.same(parsed(text), { reply, length: text.length }, JSON.stringify(text))
  const error = parsed('-NOAUTH Authentication required.\r\n')
  t.ok(typeof error !== 'string' && error.reply instanceof RedisError && error.reply.kind === 'NOAUTH')
})

t.test('what is no reply', async (t) => {
  for (const text of ['HTTP/1.1 200 OK\r\n', 'x', ':1x\r\n', '$x\r\n', '*x\r\n', '$1\r\nabc', '*1\r\n!\r\n']) {
    t.equal(parsed(text), 'garbage', JSON.stringify(text))
  }
})

t.test('a command is an array of bulk strings, in bytes', async (t) => {
  t.equal(command('AUTH', 'pä ss').toString(), '*2\r\n$4\r\nAUTH\r\n$6\r\npä ss\r\n')
})

const line = fc.string().map((text) => text.replace(/[\r\n]/g, ''))
const { reply } = fc.letrec<{ reply: string }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 3 },
    line.map((text) => `+${text}\r\n`),
    fc.integer().map((n) => `:${n}\r\n`),
    fc.string().map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`),
    fc.array(tie('reply'), { maxLength: 4 }).map((items) => `*${items.length}\r\n${items.join('')}`),
  ),
}))

t.test('a reply cut anywhere asks for more, and what follows it is left alone', async () => {
  fc.assert(
    fc.property(reply, fc.nat(), fc.string(), (text, at, next) => {
      const bytes = Buffer.from(text)
      if (parseReply(bytes.subarray(0, at % bytes.length)) !== 'more') return false
      const whole = parseReply(Buffer.concat([bytes, Buffer.from(next)]))
      return typeof whole !== 'string' && whole.length === bytes.length
    }),
  )
})

t.test('any bytes are read, or are garbage, or want more', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const result = parseReply(Buffer.from(bytes))
      return typeof result === 'string' || result.length <= bytes.length
    }),
  )
})
