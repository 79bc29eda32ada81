/** How MySQL 8 lets somebody in by its default, `caching_sha2_password`, played by a server of ours. */
import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { HEADER_BYTES, PacketReader, packet } from '../../../src/control/health/probes/mysql/packets.js'
import { startMisbehaving } from '../../support/misbehaving-servers.js'
import { MONITOR, report } from './mysql-report.js'

const SALT = Buffer.from('twenty bytes of salt')
const GREETING = Buffer.concat([
  Buffer.from('\x0a8.0.36\0'),
  Buffer.from([1, 0, 0, 0]),
  SALT.subarray(0, 8),
  Buffer.from([0, 0xff, 0xf7, 45, 2, 0, 0xff, 0x8f, 21]), // without TLS
  Buffer.alloc(10),
  SALT.subarray(8),
  Buffer.from('\0caching_sha2_password\0'),
])
const SWITCH = Buffer.concat([Buffer.from('\xfecaching_sha2_password\0', 'latin1'), SALT, Buffer.from([0])])
const OK = Buffer.from([0, 0, 0, 2, 0, 0, 0])
const [FAST, FULL] = [Buffer.from([1, 3]), Buffer.from([1, 4])]
const NO_ANSWER = Buffer.concat([Buffer.from([0xff, 0x51, 0x04]), Buffer.from('#HY000no more than a login')])

/** Answers the client's packets one after the other, each with one packet or more. */
const playing =
  (...answers: readonly ((payload: Buffer) => readonly Buffer[])[]) =>
  (socket: Socket) => {
    const reader = new PacketReader(65_536)
    const left = [...answers]
    socket.write(packet(0, GREETING))
    socket.on('data', (chunk) => {
      for (const asked of reader.read(chunk) ?? []) {
        const replies = left.shift()?.(asked.subarray(HEADER_BYTES)) ?? []
        const first = (asked[3] ?? 0) + 1
        // in one write, as a server may
        socket.write(Buffer.concat(replies.map((payload, i) => packet(first + i, payload))))
      }
    })
  }

async function logIn(t: Test, server: (socket: Socket) => void) {
  const { port, close } = await startMisbehaving(server)
  t.teardown(close)
  const steps: string[] = []
  const found = await report({ port }, MONITOR, (words) => steps.push(words))
  t.match(found, { passed: false, reason: 'query-failed', words: /error 1105: no more than a login$/ })
  t.same(steps, ['connected', 'greeted by MySQL 8.0.36', 'logged in as monitor'])
}

t.test('a user whom the server has in its cache is in after one answer', (t) =>
  logIn(
    t,
    playing(
      () => [SWITCH],
      (digest) => {
        t.equal(digest.length, 32, 'a digest of SHA-256')
        return [FAST, OK]
      },
      () => [NO_ANSWER],
    ),
  ),
)

t.test('another one sends the password, encrypted with the key of the server', (t) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const decrypt = (secret: Buffer) => {
    const mixed = privateDecrypt(
      { key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
      secret,
    )
    return Buffer.from(mixed.map((byte, i) => byte ^ (SALT[i % SALT.length] ?? 0))).toString()
  }
  return logIn(
    t,
    playing(
      () => [SWITCH],
      () => [FULL],
      (question) => {
        t.same(question, Buffer.from([2]), 'it asks for the key')
        return [Buffer.concat([Buffer.from([1]), Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }))])]
      },
      (secret) => {
        t.equal(decrypt(secret), 'm0nitor\0')
        return [OK]
      },
      () => [NO_ANSWER],
    ),
  )
})
