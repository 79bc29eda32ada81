import fc from 'fast-check'
import t from 'tap'
import { LONGEST_OPENING_BYTES, Opening } from '../../../src/core/postgres/opening.js'
import type { CancelKey } from '../../../src/core/postgres/startup-packet.js'
import {
  cancelKey,
  cancelRequest,
  chunks,
  cuts,
  GSS_REQUEST,
  keyData,
  message,
  READY,
  REFUSED,
  SSL_REQUEST,
  STARTUP,
} from './postgres-bytes.js'

/** Who says what, in order. */
type Talk = readonly (readonly ['client' | 'server', Uint8Array])[]

interface Seen {
  readonly keys: CancelKey[]
  readonly cancels: CancelKey[]
  readonly opening: Opening
}

function hear(talk: Talk, lengths: readonly number[] = [1_000_000]): Seen {
  const keys: CancelKey[] = []
  const cancels: CancelKey[] = []
  const opening = new Opening({ onKey: (key) => keys.push(key), onCancel: (key) => cancels.push(key) })
  for (const [who, bytes] of talk) {
    for (const chunk of chunks(bytes, lengths)) {
      if (who === 'client') opening.fromClient(chunk)
      else opening.fromServer(chunk)
    }
  }
  return { keys, cancels, opening }
}

const same = (one: CancelKey | undefined, other: CancelKey) =>
  one !== undefined && one.pid === other.pid && Buffer.compare(one.secret, other.secret) === 0

const GREETING = [
  message('R', Buffer.alloc(4)),
  message('S', Buffer.from('TimeZone\0UTC\0')),
  message('N', Buffer.alloc(70)),
]
/** What may stand before the key. */
const preambles = fc.shuffledSubarray([
  message('v', Buffer.alloc(8)),
  message('R', Buffer.alloc(30)),
  ...GREETING,
  message('S', Buffer.alloc(1000)),
])
const refusals = fc.array(fc.constantFrom(SSL_REQUEST, GSS_REQUEST), { maxLength: 2 })

t.test('finds the key, however the bytes are cut and whatever encryption was refused before', (t) => {
  fc.assert(
    fc.property(cancelKey, preambles, refusals, cuts, (key, before, requests, lengths) => {
      const refused = requests.flatMap((request) => [['client', request] as const, ['server', REFUSED] as const])
      const greeting = Buffer.concat([...before, keyData(key), READY])
      const { keys, cancels, opening } = hear([...refused, ['client', STARTUP], ['server', greeting]], lengths)
      return keys.length === 1 && same(keys[0], key) && cancels.length === 0 && opening.isOver
    }),
  )
  t.end()
})

t.test('sees a cancel behind a refused encryption, however it is cut', (t) => {
  fc.assert(
    fc.property(cancelKey, cuts, (key, lengths) => {
      const talk: Talk = [
        ['client', SSL_REQUEST],
        ['server', REFUSED],
        ['client', cancelRequest(key)],
      ]
      const { keys, cancels, opening } = hear(talk, lengths)
      return keys.length === 0 && cancels.length === 1 && same(cancels[0], key) && opening.isOver
    }),
  )
  t.end()
})

t.test('looks no further once it is encrypted', (t) => {
  const key = { pid: 1, secret: new Uint8Array(4) }
  for (const [request, answer] of [
    [SSL_REQUEST, 'S'],
    [GSS_REQUEST, 'G'],
  ] as const) {
    const talk: Talk = [
      ['client', request],
      ['server', Buffer.from(answer)],
      ['client', cancelRequest(key)],
      ['server', keyData(key)],
    ]
    t.match(hear(talk), { keys: [], cancels: [], opening: { isOver: true } })
  }
  t.end()
})

t.test('a session that is refused, or has no key, is over with its error or its first ready', (t) => {
  for (const last of [message('E', Buffer.from('SFATAL\0\0')), READY]) {
    const { keys, opening } = hear([
      ['client', STARTUP],
      ['server', Buffer.concat([message('R', Buffer.alloc(4)), last])],
    ])
    t.equal(keys.length, 0)
    t.ok(opening.isOver)
  }
  t.end()
})

t.test('never keeps looking beyond a bound, whatever a server says', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), cuts, (bytes, lengths) => {
      const { opening } = hear([['client', STARTUP]])
      for (let seen = 0; seen < LONGEST_OPENING_BYTES; seen += bytes.length) {
        for (const chunk of chunks(bytes, lengths)) opening.fromServer(chunk)
      }
      return opening.isOver
    }),
    { numRuns: 20 },
  )
  t.end()
})

t.test('any bytes of a client do no harm', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 900 }), cuts, (bytes, lengths) => {
      const { keys } = hear([['client', Buffer.concat([SSL_REQUEST, bytes])]], lengths)
      return keys.length === 0
    }),
  )
  t.end()
})
