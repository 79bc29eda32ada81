/** Messages over a byte stream: 4 bytes of length, big-endian, then that many bytes of JSON in UTF-8. */

const HEADER_BYTES = 4
/** Far beyond any message: a longer frame means that the stream is out of step. */
export const LONGEST_FRAME_BYTES = 64 * 1024 * 1024

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/** The frame of a message, which must be plain data. */
export function encodeFrame(message: unknown): Uint8Array {
  const body = encoder.encode(JSON.stringify(message))
  const frame = new Uint8Array(HEADER_BYTES + body.length)
  new DataView(frame.buffer).setUint32(0, body.length)
  frame.set(body, HEADER_BYTES)
  return frame
}

/** Puts frames together again, however the stream was cut into pieces. */
export class FrameReader {
  private bytes = new Uint8Array(4096)
  private length = 0

  /**
   * Takes the next piece, which it copies, and returns the messages that are now complete, in order. Throws when the
   * stream is out of step or a message is not JSON; nothing can be read from it then.
   */
  push(piece: Uint8Array): unknown[] {
    this.append(piece)
    const messages: unknown[] = []
    let at = 0
    for (;;) {
      const body = this.bodyLength(at)
      if (body === undefined || this.length - at < HEADER_BYTES + body) break
      const from = at + HEADER_BYTES
      messages.push(JSON.parse(decoder.decode(this.bytes.subarray(from, from + body))))
      at = from + body
    }
    if (at > 0) {
      this.bytes.copyWithin(0, at, this.length)
      this.length -= at
    }
    return messages
  }

  private bodyLength(at: number): number | undefined {
    if (this.length - at < HEADER_BYTES) return undefined
    const length = new DataView(this.bytes.buffer, at).getUint32(0)
    if (length <= LONGEST_FRAME_BYTES) return length
    throw new RangeError(`frame of ${length} bytes: at most ${LONGEST_FRAME_BYTES} were expected`)
  }

  private append(piece: Uint8Array): void {
    const needed = this.length + piece.length
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2))
      larger.set(this.bytes.subarray(0, this.length))
      this.bytes = larger
    }
    this.bytes.set(piece, this.length)
    this.length = needed
  }
}
