/** Addresses as bytes, as socket calls take them, and back. */
import type { Address } from './address.js'
import { formatIp, parseIp } from './ip.js'

/** `bytes` has 4 or 16, in network order. */
export interface RawInetAddress {
  readonly family: 4 | 6
  readonly bytes: Uint8Array
  readonly port: number
}

export type RawAddress = RawInetAddress | { readonly family: 'unix'; readonly path: string }

export function toRawAddress(address: Address): RawAddress {
  if (address.family === 'unix') return address
  const bytes = parseIp(address.host)
  if (!bytes) throw new Error(`${address.host} is not an IP address`)
  // an IPv4-mapped address prints as IPv4, so its text may be shorter than its family says
  return { family: bytes.length === 4 ? 4 : 6, bytes, port: address.port }
}

export function fromRawAddress(raw: RawAddress): Address {
  return raw.family === 'unix' ? raw : { family: raw.family, host: formatIp(raw.bytes), port: raw.port }
}
