import fc from 'fast-check'
import t from 'tap'
import { encodeFrame, FrameReader, LONGEST_FRAME_BYTES } from '../../src/core/frames.js'

/** Feeds `stream` in pieces of the given lengths, over and over. */
function readInPieces(stream: Uint8Array, lengths: readonly number[]): unknown[] {
  const reader = new FrameReader()
  const messages: unknown[] = []
  let at = 0
  for (let i = 0; at < stream.length; i++) {
    const length = lengths[i % lengths.length] ?? 1
    messages.push(...reader.push(stream.subarray(at, at + length)))
    at += length
  }
  return messages
}

t.test('messages arrive whole and in order, however the stream is cut', async (t) => {
  const messages = fc.array(fc.jsonValue(), { maxLength: 20 })
  const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(messages, lengths, (sent, lengths) => {
      const stream = Buffer.concat(sent.map(encodeFrame))
      // -0 has no JSON: what JSON carries is the measure
      t.same(JSON.stringify(readInPieces(stream, lengths)), JSON.stringify(sent))
    }),
  )
})

t.test('the reader keeps no hold of the piece it was given', async (t) => {
  const frame = encodeFrame({ text: 'kept' })
  const reader = new FrameReader()
  const piece = frame.slice(0, 9)
  t.same(reader.push(piece), [])
  piece.fill(0)
  t.same(reader.push(frame.subarray(9)), [{ text: 'kept' }])
})

t.test('a message larger than any piece so far', async (t) => {
  const text = 'x'.repeat(1_000_000)
  t.same(readInPieces(encodeFrame(text), [65_536]), [text])
})

t.test('a stream that is out of step is refused', async (t) => {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, LONGEST_FRAME_BYTES + 1)
  t.throws(() => new FrameReader().push(length), RangeError)
  t.throws(() => new FrameReader().push(Uint8Array.of(0, 0, 0, 1, 0x7b)), SyntaxError)
})
