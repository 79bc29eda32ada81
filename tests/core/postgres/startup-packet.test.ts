import fc from 'fast-check'
import t from 'tap'
import { encodeCancelRequest, readStartupPacket } from '../../../src/core/postgres/startup-packet.js'
import { cancelKey, cancelRequest, GSS_REQUEST, packet, SSL_REQUEST, STARTUP } from './postgres-bytes.js'

t.test('tells the packets that a client may begin with', (t) => {
  t.same(readStartupPacket(STARTUP), { kind: 'startup' })
  t.same(readStartupPacket(packet(196_610)), { kind: 'startup' }, 'protocol 3.2')
  t.same(readStartupPacket(SSL_REQUEST), { kind: 'encryption' })
  t.same(readStartupPacket(GSS_REQUEST), { kind: 'encryption' })
  t.same(readStartupPacket(Buffer.from('160301020001', 'hex')), { kind: 'other' }, 'TLS without asking')
  t.same(readStartupPacket(Buffer.from('GET / HTTP/1.1\r\n')), { kind: 'other' })
  t.same(readStartupPacket(packet(131_072)), { kind: 'other' }, 'protocol 2')
  t.end()
})

t.test('reads a CancelRequest with a key of any length, and only as a whole', (t) => {
  fc.assert(
    fc.property(cancelKey, fc.uint8Array({ maxLength: 20 }), (key, behind) => {
      const bytes = cancelRequest(key)
      const read = readStartupPacket(Buffer.concat([bytes, behind]))
      const parts = Array.from(bytes, (_, i) => readStartupPacket(bytes.subarray(0, i)))
      return (
        read.kind === 'cancel' &&
        read.length === bytes.length &&
        read.key.pid === key.pid &&
        Buffer.compare(read.key.secret, key.secret) === 0 &&
        parts.every(({ kind }) => kind === 'part') &&
        Buffer.compare(encodeCancelRequest(read.key), bytes) === 0
      )
    }),
  )
  t.end()
})

t.test('a CancelRequest of an impossible length is left to the server', (t) => {
  t.same(readStartupPacket(packet(80_877_102, new Uint8Array(7))), { kind: 'other' }, 'a key of 3 bytes')
  t.same(readStartupPacket(packet(80_877_102, new Uint8Array(261))), { kind: 'other' }, 'a key of 257 bytes')
  t.end()
})

t.test('any bytes are something', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const { kind } = readStartupPacket(bytes)
      return kind !== 'part' || bytes.length < 268
    }),
  )
  t.end()
})
