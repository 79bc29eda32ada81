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
  /** The text as it came, in UTF-8; empty when there was none. Not the receiver's own: see `FrameReader.push`. */
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
  /** The beginning of a frame that no piece has completed yet: so many bytes from `from` on. */
  private bytes = new Uint8Array(4096)
  private from = 0
  private length = 0

  /**
   * Takes the next piece and returns the frames that are now complete, in order. Their texts lie in the piece, or in
   * memory of the reader: they hold until that piece is reused, or the next comes. Throws when the stream is out of step
   * or a message is not JSON; nothing can be read from it then.
   */
  push(piece: Uint8Array): Frame[] {
    const frames: Frame[] = []
    if (this.length === 0) {
      const rest = piece.subarray(takeFrames(piece, frames))
      if (rest.length > 0) this.append(rest)
      return frames
    }
    this.append(piece)
    const taken = takeFrames(this.bytes.subarray(this.from, this.from + this.length), frames)
    this.from += taken
    this.length -= taken
    return frames
  }

  private append(piece: Uint8Array): void {
    const needed = this.length + piece.length
    if (needed > this.bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2))
      larger.set(this.bytes.subarray(this.from, this.from + this.length))
      this.bytes = larger
    } else this.bytes.copyWithin(0, this.from, this.from + this.length)
    this.from = 0
    this.bytes.set(piece, this.length)
    this.length = needed
  }
}

/** The whole frames at the start of `bytes`. Returns how many bytes they are. */
function takeFrames(bytes: Uint8Array, frames: Frame[]): number {
  let at = 0
  while (bytes.length - at >= HEADER_BYTES) {
    const textAt = at + HEADER_BYTES + lengthAt(bytes, at)
    const end = textAt + lengthAt(bytes, at + 4)
    if (bytes.length < end) break
    const message: unknown = JSON.parse(decoder.decode(bytes.subarray(at + HEADER_BYTES, textAt)))
    frames.push({ message, text: bytes.subarray(textAt, end) })
    at = end
  }
  return at
}

function lengthAt(bytes: Uint8Array, at: number): number {
  const length = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(0)
  if (length <= LONGEST_FRAME_BYTES) return length
  throw new RangeError(`${length} bytes in a frame: at most ${LONGEST_FRAME_BYTES} were expected`)
}
