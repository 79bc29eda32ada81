/** What a client of the soak asks of its server: 16 bytes, then `up` bytes of the stream of `seed`. */

/** How the server answers with `down` bytes of the stream of `seed + 1`. */
export const MODES = [
  'answer', // when the whole request has come; then waits for the next one
  'answer-and-end', // and ends the connection first
  'answer-after-end', // when the client has ended its way
  'at-once', // while the request is still coming
  'slowly', // after it has not read for a while
  'half-and-reset', // sends half of it and resets
] as const
export type Mode = (typeof MODES)[number]

export interface Request {
  readonly mode: Mode
  readonly seed: number
  readonly up: number
  readonly down: number
}

export const HEADER_BYTES = 16
const MAGIC = 0x68_67

export function encodeRequest({ mode, seed, up, down }: Request): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt16BE(MAGIC, 0)
  bytes.writeUInt16BE(MODES.indexOf(mode), 2)
  bytes.writeUInt32BE(seed, 4)
  bytes.writeUInt32BE(up, 8)
  bytes.writeUInt32BE(down, 12)
  return bytes
}

/** Undefined when these bytes were never sent as a header. */
export function decodeRequest(bytes: Buffer): Request | undefined {
  const mode = MODES[bytes.readUInt16BE(2)]
  if (bytes.readUInt16BE(0) !== MAGIC || mode === undefined) return undefined
  return { mode, seed: bytes.readUInt32BE(4), up: bytes.readUInt32BE(8), down: bytes.readUInt32BE(12) }
}
