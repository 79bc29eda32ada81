/**
 * The packets that a PostgreSQL client may begin with: a length and a code, 4 bytes each, big-endian, and no type in front
 * (PostgreSQL's manual, "Message Formats").
 */

/** What tells one kind from another. */
export const CODE_BYTES = 8
const PROTOCOL_3 = 3
const CANCEL = 80_877_102
const SSL = 80_877_103
const GSS_ENCRYPTION = 80_877_104

/** What stands in a CancelRequest before the secret key: length, code and process id. */
const CANCEL_HEAD_BYTES = 12
/** 4 bytes up to protocol 3.0, more since 3.2 (PostgreSQL 18). */
const KEY_BYTES = { least: 4, most: 256 } as const
/** The longest packet that must be there as a whole. */
export const LONGEST_CANCEL_BYTES = CANCEL_HEAD_BYTES + KEY_BYTES.most

/** Names one session of one server, and is the right to cancel what it runs. */
export interface CancelKey {
  /** Process id as the server told it, signed. */
  readonly pid: number
  readonly secret: Uint8Array
}

export type StartupPacket =
  /** So far it may become anything. */
  | { readonly kind: 'part' }
  | { readonly kind: 'startup' }
  /** Asks for TLS or GSSAPI encryption: the server answers one byte, and another packet follows, in clear after an `N`. */
  | { readonly kind: 'encryption' }
  | { readonly kind: 'cancel'; readonly key: CancelKey; readonly length: number }
  /** None of PostgreSQL's, e.g. TLS without asking first. */
  | { readonly kind: 'other' }

const PART: StartupPacket = { kind: 'part' }
const OTHER: StartupPacket = { kind: 'other' }
const STARTUP: StartupPacket = { kind: 'startup' }
const ENCRYPTION: StartupPacket = { kind: 'encryption' }

/** @param bytes what the client has sent from the packet's first byte on; the key's secret is a copy */
export function readStartupPacket(bytes: Uint8Array): StartupPacket {
  // the longest packets that PostgreSQL takes have 10,000 bytes, so a length begins with two zeros
  if ((bytes[0] ?? 0) !== 0 || (bytes[1] ?? 0) !== 0) return OTHER
  if (bytes.length < CODE_BYTES) return PART
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = view.getInt32(0)
  const code = view.getInt32(4)
  if (code >> 16 === PROTOCOL_3) return STARTUP
  if (code === SSL || code === GSS_ENCRYPTION) return length === CODE_BYTES ? ENCRYPTION : OTHER
  if (code === CANCEL) return readCancel(bytes, view, length)
  return OTHER
}

function readCancel(bytes: Uint8Array, view: DataView, length: number): StartupPacket {
  if (!isKeyLength(length - CANCEL_HEAD_BYTES)) return OTHER
  if (bytes.length < length) return PART
  const key = { pid: view.getInt32(8), secret: bytes.slice(CANCEL_HEAD_BYTES, length) }
  return { kind: 'cancel', key, length }
}

export function isKeyLength(bytes: number): boolean {
  return bytes >= KEY_BYTES.least && bytes <= KEY_BYTES.most
}

export function encodeCancelRequest({ pid, secret }: CancelKey): Uint8Array {
  const packet = new Uint8Array(CANCEL_HEAD_BYTES + secret.length)
  const view = new DataView(packet.buffer)
  view.setInt32(0, packet.length)
  view.setInt32(4, CANCEL)
  view.setInt32(8, pid)
  packet.set(secret, CANCEL_HEAD_BYTES)
  return packet
}
