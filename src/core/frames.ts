/**
 * Messages over a byte stream, each with a text that may follow it: the length of the JSON and of the text, 4 bytes each,
 * big-endian, then both in UTF-8. The text (lines for the log) is never looked at: in the JSON each of its quotes would be
 * escaped, looked for and put right again.
 */

const HEADER_BYTES = 8
/** Far beyond any message: a longer frame means that the stream is out of step. */
export const LONGEST_FRAME_BYTES = 64 * 1024 * 1024

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export interface Frame {
  readonly message: unknown
  /** The text as it came, in UTF-8; empty when there was none. */
  readonly text: Uint8Array
}

/** The frame of a message, which must be plain data, and of a text. */
export function encodeFrame(message: unknown, text = ''): Uint8Array {
  const json = encoder.encode(JSON.stringify(message))
  const textAt = HEADER_BYTES + json.length
  const frame = withText(textAt, text)
  const header = new DataView(frame.buffer)
  header.setUint32(0, json.length)
  header.setUint32(4, frame.length - textAt)
  frame.set(json, HEADER_BYTES)
  return frame
}

/** Bytes whose end, from `at` on, is the text. All ASCII, as a rule: then its length is known before. */
function withText(at: number, text: string): Uint8Array {
  const bytes = new Uint8Array(at + text.length)
  if (encoder.encodeInto(text, bytes.subarray(at)).read === text.length) return bytes
  const encoded = encoder.encode(text)
  const larger = new Uint8Array(at + encoded.length)
  larger.set(encoded, at)
  return larger
}

/** Puts frames together again, however the stream was cut into pieces. */
export class FrameReader {
  private bytes = new Uint8Array(4096)
  private length = 0

  /**
   * Takes the next piece, which it copies, and returns the frames that are now complete, in order. Throws when the
   * stream is out of step or a message is not JSON; nothing can be read from it then.
   */
  push(piece: Uint8Array): Frame[] {
    this.append(piece)
    const frames: Frame[] = []
    let at = 0
    while (this.length - at >= HEADER_BYTES) {
      const textAt = at + HEADER_BYTES + this.lengthAt(at)
      const end = textAt + this.lengthAt(at + 4)
      if (this.length < end) break
      const message: unknown = JSON.parse(decoder.decode(this.bytes.subarray(at + HEADER_BYTES, textAt)))
      frames.push({ message, text: this.bytes.slice(textAt, end) })
      at = end
    }
    if (at > 0) {
      this.bytes.copyWithin(0, at, this.length)
      this.length -= at
    }
    return frames
  }

  private lengthAt(at: number): number {
    const length = new DataView(this.bytes.buffer, at).getUint32(0)
    if (length <= LONGEST_FRAME_BYTES) return length
    throw new RangeError(`${length} bytes in a frame: at most ${LONGEST_FRAME_BYTES} were expected`)
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
