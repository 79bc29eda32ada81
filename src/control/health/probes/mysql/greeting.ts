/**
 * What a server says to whoever connects. Source: MySQL's source documentation, "Protocol::Handshake" and "ERR_Packet"
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html).
 */
import { ERROR, HEADER_BYTES } from './packets.js'
import type { Refusal } from './refusal.js'

export interface Greeting {
  readonly isMariaDB: boolean
  /** Without the vendor's suffix: `8.0.36`, `10.11.19`. */
  readonly version: string
  readonly hasTls: boolean
}

const PROTOCOL = 10
/** Thread id, first part of the salt, filler. */
const BETWEEN = 4 + 8 + 1
const CLIENT_PROTOCOL_41 = 1 << 9
const CLIENT_SSL = 1 << 11

/** So that clients of old believed in replication from 5.5, MariaDB says this first. */
const DISGUISE = /^5\.5\.5-(?=\d+\.\d+\.\d+-)/

/** A refusal is what a server says that takes nobody: full, or tired of this machine. Undefined: this is not MySQL's. */
export function readGreeting(packet: Buffer): Greeting | Refusal | undefined {
  const payload = packet.subarray(HEADER_BYTES)
  if (payload[0] === ERROR) return readRefusal(payload)
  const end = payload.indexOf(0, 1)
  if (packet[3] !== 0 || payload[0] !== PROTOCOL || end < 0 || payload.length < end + 1 + BETWEEN + 2) return undefined
  const capabilities = payload.readUInt16LE(end + 1 + BETWEEN)
  if ((capabilities & CLIENT_PROTOCOL_41) === 0) return undefined
  const words = printable(payload.subarray(1, end))
  const version = /^\d+(?:\.\d+)*/.exec(words.replace(DISGUISE, ''))?.[0] ?? words
  return { isMariaDB: /mariadb/i.test(words), version, hasTls: (capabilities & CLIENT_SSL) !== 0 }
}

function readRefusal(payload: Buffer): Refusal | undefined {
  if (payload.length < 3) return undefined
  const errno = payload.readUInt16LE(1)
  return { errno, message: printable(payload.subarray(3)).replace(/^#[0-9A-Z]{5}/, '') }
}

const LONGEST_WORDS = 200

/** A server's words in its own language, fit for a log. */
export function printable(bytes: Uint8Array | string): string {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8')
  return text.replace(/\p{C}/gu, '?').slice(0, LONGEST_WORDS)
}
