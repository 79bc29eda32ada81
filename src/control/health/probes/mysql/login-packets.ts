/**
 * The packets of a login that mysql2 does not write for us. Source: MySQL's source documentation,
 * "Protocol::HandshakeResponse41", "Protocol::SSLRequest", "Protocol::AuthSwitchRequest".
 */
import { HEADER_BYTES, packet } from './packets.js'

/** Who a probe without a user says it is: logs and `SHOW PROCESSLIST` then tell whose it was. */
export const NOBODY = 'headgate'

/** What stands in a login, of what mysql2 asks for as well: after a request for TLS a server goes by what stood there. */
const PARTS =
  (1 << 3) | // a database, though it be none
  (1 << 9) | // the protocol since 4.1
  (1 << 15) | // an answer to the salt,
  (1 << 21) | // with its length before it
  (1 << 19) | // the name of the plugin that it is for
  (1 << 20) // attributes
const CLIENT_SSL = 1 << 11
const UTF8MB4 = 45
/** Capabilities, longest packet, character set, filler. */
const FIXED_PART = 4 + 4 + 1 + 23

/** A login as nobody and without a password: refused, and so ended in order. */
export function anonymousLogin(sequence: number): Buffer {
  const fixed = Buffer.alloc(FIXED_PART)
  fixed.writeUInt32LE(PARTS)
  fixed[8] = UTF8MB4
  return packet(sequence, Buffer.concat([fixed, Buffer.from(`${NOBODY}\0\0\0mysql_native_password\0\0`)]))
}

/** The same login, by somebody who came over TLS. */
export function overTls(login: Buffer): Buffer {
  const secure = Buffer.from(login)
  secure.writeUInt32LE((login.readUInt32LE(HEADER_BYTES) | CLIENT_SSL) >>> 0, HEADER_BYTES)
  return secure
}

/** The beginning of a login is the request for TLS: servers go by the capabilities that stand in it, not in the login. */
export function tlsRequest(loginOverTls: Buffer): Buffer {
  return packet(1, loginOverTls.subarray(HEADER_BYTES, HEADER_BYTES + FIXED_PART))
}

const KNOWN_TO_MYSQL2: readonly string[] = ['mysql_native_password', 'caching_sha2_password', 'sha256_password']

/** The way to log in that a server wants to switch to; undefined where mysql2 knows it. */
export function foreignPluginOf(switchRequest: Buffer): string | undefined {
  const name = switchRequest.subarray(HEADER_BYTES + 1)
  const plugin = name.subarray(0, Math.max(0, name.indexOf(0))).toString('latin1')
  return KNOWN_TO_MYSQL2.includes(plugin) ? undefined : plugin
}

/** Bytes of answers that such a plugin takes for wrong; where there are too few, it calls the login broken off. */
const ANSWERS: ReadonlyMap<string, readonly number[]> = new Map([
  ['client_ed25519', [64]],
  ['parsec', [0, 96]],
])

export function answersTo(plugin: string | undefined): readonly number[] {
  return ANSWERS.get(plugin ?? '') ?? []
}
