import fc from 'fast-check'
import t from 'tap'
import type { CancelKey } from '../../../src/core/postgres/startup-packet.js'
import { CancelKeys } from '../../../src/core/scoreboard/cancel-keys.js'
import { CANCEL_KEYS } from '../../../src/core/scoreboard/layout.js'
import { newBoard } from './memory.js'

const CAPACITY = { servers: 2, backends: 1, frontends: 1, workers: 3 }
const newKeys = () => new CancelKeys(newBoard(CAPACITY))

function keyOf(pid: number, secret = pid * 7): CancelKey {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, secret)
  return { pid, secret: bytes }
}

t.test('a session is found by its key while it lives, by every worker', (t) => {
  const board = newBoard(CAPACITY)
  const [one, other] = [new CancelKeys(board), new CancelKeys(board)]
  const entry = one.add(0, keyOf(4711), 1)
  t.equal(other.find(keyOf(4711)), 1)
  t.equal(other.find(keyOf(4711, 1)), -1, 'the same process id, another secret')
  t.equal(other.find(keyOf(4712, 4711 * 7)), -1, 'the same secret, another process id')
  one.remove(entry)
  t.equal(other.find(keyOf(4711)), -1)
  t.end()
})

t.test('keys of every length up to that of protocol 3.2 are told apart', (t) => {
  const keys = newKeys()
  for (let length = 4; length <= 256; length++) keys.add(0, { pid: 1, secret: new Uint8Array(length) }, length)
  for (let length = 4; length <= 256; length++) {
    if (keys.find({ pid: 1, secret: new Uint8Array(length) }) !== length) t.fail(`key of ${length} bytes`)
  }
  t.end()
})

t.test('does what a map would do, whatever comes and goes', (t) => {
  const step = fc.record({ pid: fc.integer({ min: 0, max: 40 }), server: fc.integer({ min: 0, max: 60_000 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const keys = newKeys()
      const known = new Map<number, { entry: number; server: number }>()
      for (const { pid, server } of steps) {
        const present = known.get(pid)
        if (present) {
          keys.remove(present.entry)
          known.delete(pid)
        } else known.set(pid, { entry: keys.add(pid % 3, keyOf(pid), server), server })
      }
      return Array.from({ length: 41 }, (_, pid) => keys.find(keyOf(pid)) === (known.get(pid)?.server ?? -1)).every(
        Boolean,
      )
    }),
    { numRuns: 50 },
  )
  t.end()
})

t.test('a dead worker’s sessions are forgotten, those of others stay', (t) => {
  const keys = newKeys()
  for (let pid = 0; pid < 300; pid++) keys.add(pid % 3, keyOf(pid), pid)
  keys.removeAllOf(1)
  for (let pid = 0; pid < 300; pid++) {
    if (keys.find(keyOf(pid)) !== (pid % 3 === 1 ? -1 : pid)) t.fail(`session ${pid}`)
  }
  t.end()
})

t.test('half full it has room for everybody, and full it says so', (t) => {
  const keys = newKeys()
  let refused = 0
  for (let pid = 0; pid < CANCEL_KEYS / 2; pid++) if (keys.add(0, keyOf(pid), 0) < 0) refused++
  t.equal(refused, 0)
  for (let pid = CANCEL_KEYS / 2; pid < 2 * CANCEL_KEYS; pid++) if (keys.add(0, keyOf(pid), 0) < 0) refused++
  t.ok(refused >= CANCEL_KEYS && refused < 1.1 * CANCEL_KEYS, `${refused} of ${2 * CANCEL_KEYS} found no room`)
  t.end()
})
