/** Packets and messages of PostgreSQL's protocol, as client and server write them. */
import fc from 'fast-check'
import type { CancelKey } from '../../../src/core/postgres/startup-packet.js'

export const SSL_REQUEST = packet(80_877_103)
export const GSS_REQUEST = packet(80_877_104)
export const STARTUP = packet(196_608, Buffer.from('user\0me\0database\0postgres\0\0'))
export const REFUSED = Buffer.from('N')

export function packet(code: number, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(8)
  head.writeInt32BE(8 + body.length)
  head.writeInt32BE(code, 4)
  return Buffer.concat([head, body])
}

export function cancelRequest({ pid, secret }: CancelKey): Buffer {
  const number = Buffer.alloc(4)
  number.writeInt32BE(pid)
  return packet(80_877_102, Buffer.concat([number, secret]))
}

export function message(type: string, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(4 + body.length)
  return Buffer.concat([Buffer.from(type), length, body])
}

export function keyData({ pid, secret }: CancelKey): Buffer {
  const number = Buffer.alloc(4)
  number.writeInt32BE(pid)
  return message('K', Buffer.concat([number, secret]))
}

export const READY = message('Z', Buffer.from('I'))

export const cancelKey: fc.Arbitrary<CancelKey> = fc.record({
  pid: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  secret: fc.uint8Array({ minLength: 4, maxLength: 256 }),
})

/** Cuts bytes at any places. */
export const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })
export function chunks(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 1
    parts.push(bytes.subarray(at, at + length))
    at += length
  }
  return parts
}
