import fc from 'fast-check'
import t from 'tap'
import { encodeFrame, FrameReader, LONGEST_FRAME_BYTES } from '../../src/core/frames.js'

interface Received {
  readonly message: unknown
  readonly text: string
}

/** Feeds `stream` in pieces of the given lengths, over and over, all of them in the same memory. */
function readInPieces(stream: Uint8Array, lengths: readonly number[]): Received[] {
  const reader = new FrameReader()
  const room = new Uint8Array(Math.max(...lengths))
  const frames: Received[] = []
  let at = 0
  for (let i = 0; at < stream.length; i++) {
    const piece = stream.subarray(at, at + (lengths[i % lengths.length] ?? 1))
    room.set(piece)
    for (const { message, text } of reader.push(room.subarray(0, piece.length))) {
      frames.push({ message, text: Buffer.from(text).toString() })
    }
    room.fill(0)
    at += piece.length
  }
  return frames
}

function messagesIn(frames: readonly { readonly message: unknown }[]): unknown[] {
  return frames.map(({ message }) => message)
}

t.test('messages arrive whole and in order, however the stream is cut', async (t) => {
  const messages = fc.array(fc.jsonValue(), { maxLength: 20 })
  const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(messages, lengths, (sent, lengths) => {
      const stream = Buffer.concat(sent.map((message) => encodeFrame(message)))
      // -0 has no JSON: what JSON carries is the measure
      t.same(JSON.stringify(messagesIn(readInPieces(stream, lengths))), JSON.stringify(sent))
    }),
  )
})

t.test('a text travels beside its message', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), fc.integer({ min: 1, max: 150 }), (texts, length) => {
      const stream = Buffer.concat(texts.map((text, i) => encodeFrame({ i }, text)))
      const frames = readInPieces(stream, [length])
      t.same(
        messagesIn(frames),
        texts.map((_, i) => ({ i })),
      )
      t.same(
        frames.map(({ text }) => text),
        texts.map((text) => Buffer.from(text).toString()),
      )
    }),
  )
})

t.test('the reader keeps no hold of the piece it was given', async (t) => {
  const frame = encodeFrame({ text: 'kept' })
  const reader = new FrameReader()
  const piece = frame.slice(0, 9)
  t.same(reader.push(piece), [])
  piece.fill(0)
  t.same(messagesIn(reader.push(frame.subarray(9))), [{ text: 'kept' }])
})

t.test('a message larger than any piece so far', async (t) => {
  const text = 'x'.repeat(1_000_000)
  t.same(messagesIn(readInPieces(encodeFrame(text), [65_536])), [text])
})

t.test('a stream that is out of step is refused', async (t) => {
  const length = new Uint8Array(8)
  new DataView(length.buffer).setUint32(0, LONGEST_FRAME_BYTES + 1)
  t.throws(() => new FrameReader().push(length), RangeError)
  t.throws(() => new FrameReader().push(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0, 0x7b)), SyntaxError)
})
