/**
 * A client as Int32 words: 4 of address (IPv4 as ::ffff:a.b.c.d) and 1 of port, big-endian, so that TCP and UDP, strings
 * and raw socket addresses all give the same key for the same client.
 */
import type { Address } from './address.js'
import { formatIp, parseIp } from './ip.js'
import { combine, finalise } from './session-key.js'

/** Words of a client: address and port. */
export const CLIENT_WORDS = 5

/** Writes a client's words at `at`. A unix client has none: zeros. */
export function writeClientWords(address: Address, words: Int32Array, at: number): void {
  words.fill(0, at, at + CLIENT_WORDS)
  if (address.family === 'unix') return
  const bytes = parseIp(address.host)
  if (!bytes) return
  if (bytes.length === 4) words[at + 2] = 0xffff
  const first = bytes.length === 4 ? 3 : 0
  for (let i = 0; i < bytes.length; i++) {
    const word = at + first + (i >> 2)
    words[word] = ((words[word] ?? 0) << 8) | (bytes[i] ?? 0)
  }
  words[at + 4] = address.port
}

/** The key that a keyed policy hashes: unsigned 32 bit. */
export function clientKey(words: Int32Array, at: number, withPort: boolean): number {
  let hash = 0
  for (let i = 0; i < 4; i++) hash = combine(hash, words[at + i] ?? 0)
  return withPort ? combine(hash, words[at + 4] ?? 0) : finalise(hash)
}

/** `127.0.0.1:4000` or `[::1]:4000`. */
export function formatClient(words: Int32Array, at: number): string {
  const bytes = new Uint8Array(16)
  for (let i = 0; i < 16; i++) bytes[i] = (words[at + (i >> 2)] ?? 0) >>> (24 - 8 * (i & 3))
  const host = formatIp(bytes)
  const port = words[at + 4] ?? 0
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** @param wanted a client as formatClient has it, or without the port's digits for any port: `127.0.0.1:` */
export function isClient(client: string, wanted: string): boolean {
  return wanted.endsWith(':') ? client.startsWith(wanted) : client === wanted
}
