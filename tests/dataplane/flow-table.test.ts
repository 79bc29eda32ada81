import fc from 'fast-check'
import t from 'tap'
import { KEY_WORDS } from '../../src/dataplane/engine.js'
import { FlowTable } from '../../src/dataplane/udp/flow-table.js'

/** Few distinct keys, so that commands meet; words that differ in one place only, so that probing collides. */
const key = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: KEY_WORDS - 1 }))
  .map(([value, word]) => new Int32Array(KEY_WORDS).fill(0).fill(value, word, word + 1))

const command = fc.tuple(fc.constantFrom('set', 'delete', 'get'), key, fc.integer())

t.test('behaves like a Map over the words of the key', async (t) => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 2000 }), (commands) => {
      const table = new FlowTable<number>(Math.random)
      const model = new Map<string, number>()
      for (const [what, words, value] of commands) {
        if (what === 'set') {
          table.set(words, 0, value)
          model.set(words.join(), value)
        } else if (what === 'delete') {
          table.delete(words, 0)
          model.delete(words.join())
        } else if (table.get(words, 0) !== model.get(words.join())) return false
      }
      return table.size === model.size && table.values().sort().join() === [...model.values()].sort().join()
    }),
    { numRuns: 200 },
  )
  t.pass('2,000 commands, 200 times')
})

t.test('holds 100,000 clients and lets go of every second one', async (t) => {
  const table = new FlowTable<number>(Math.random)
  const words = new Int32Array(KEY_WORDS)
  const keyOf = (client: number) => {
    words[3] = 0x0a000000 + (client >> 8)
    words[4] = 1024 + (client & 0xff)
    return words
  }
  for (let client = 0; client < 100_000; client++) table.set(keyOf(client), 0, client)
  t.equal(table.size, 100_000)
  for (let client = 0; client < 100_000; client += 2) table.delete(keyOf(client), 0)
  t.equal(table.size, 50_000)
  let wrong = 0
  for (let client = 0; client < 100_000; client++) {
    if (table.get(keyOf(client), 0) !== (client % 2 === 0 ? undefined : client)) wrong++
  }
  t.equal(wrong, 0)
})

t.test('reads its key anywhere in a batch', async (t) => {
  const table = new FlowTable<string>(Math.random)
  const batch = Int32Array.from({ length: 3 * KEY_WORDS }, (_, i) => i)
  table.set(batch, KEY_WORDS, 'second')
  t.equal(table.get(batch, 0), undefined)
  t.equal(table.get(batch, KEY_WORDS), 'second')
  t.equal(table.get(batch.slice(KEY_WORDS, 2 * KEY_WORDS), 0), 'second')
})
