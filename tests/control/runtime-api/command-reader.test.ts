import fc from 'fast-check'
import t from 'tap'
import { COMMAND_LIMIT, CommandReader, type Read } from '../../../src/control/runtime-api/wire/command-reader.js'
import { wordsOf } from '../../../src/control/runtime-api/wire/words.js'

/** Everything that is read from these pieces, and whether the reader gave up. */
function readAll(pieces: readonly Uint8Array[]) {
  const reader = new CommandReader()
  const reads: Read[] = []
  for (const piece of pieces) {
    reader.push(Buffer.from(piece))
    for (let read = reader.next(); read !== undefined; read = reader.next()) reads.push(read)
  }
  return { reads, isTooLong: reader.isTooLong, isEmpty: reader.isEmpty }
}

const token = fc.constantFrom(
  'show',
  'stat',
  ' ',
  ' ',
  '\n',
  '\r\n',
  ';',
  '\\',
  '<<',
  ' <<',
  ' <<END',
  'END',
  'é',
  '\t',
  '"',
  '\0',
)
const text = fc.array(token, { maxLength: 60 }).map((tokens) => Buffer.from(tokens.join('')))
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
const input = fc.oneof(text, bytes)

function cut(whole: Buffer, at: readonly number[]): Buffer[] {
  const places = [0, ...at.map((place) => place % (whole.length + 1)).sort((a, b) => a - b), whole.length]
  return places.slice(1).map((end, i) => whole.subarray(places[i], end))
}

t.test('however the bytes are cut, the same is read', async (t) => {
  fc.assert(
    fc.property(input, fc.array(fc.nat(), { maxLength: 20 }), (whole, at) => {
      t.strictSame(readAll(cut(whole, at)), readAll([whole]))
    }),
    { numRuns: 500 },
  )
})

t.test('a command has no end in it, and its words neither blanks nor line feeds that were not escaped', async () => {
  fc.assert(
    fc.property(input, (whole) => {
      for (const read of readAll([whole]).reads) {
        if (read === 'payload') continue
        const bare = read.command.replace(/\\./gs, '')
        if (/[\n;]/.test(bare)) throw new Error(`an end in ${JSON.stringify(read.command)}`)
        const words = wordsOf(read.command)
        if (words.includes('')) throw new Error('an empty word')
      }
    }),
    { numRuns: 500 },
  )
})

t.test('what has no end is given up at the limit, and never kept', async (t) => {
  const endless = new CommandReader()
  let pushed = 0
  while (!endless.isTooLong && pushed < 10 * COMMAND_LIMIT) {
    endless.push(Buffer.alloc(1_000, 'x'))
    pushed += 1_000
    t.equal(endless.next(), undefined)
  }
  t.ok(pushed <= COMMAND_LIMIT + 1_000, `${pushed} bytes`)
  const payload = new CommandReader()
  payload.push(Buffer.from(`show version <<\n${'x'.repeat(COMMAND_LIMIT + 1)}`))
  t.equal(payload.next(), 'payload')
  t.equal(payload.next(), undefined)
  t.ok(payload.isTooLong)
})
