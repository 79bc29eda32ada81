import fc from 'fast-check'
import t from 'tap'
import { NONE } from '../../src/core/policy/policy.js'
import { Scoreboard } from '../../src/core/scoreboard/scoreboard.js'
import { Split } from '../../src/core/split.js'
import { sum, unfairCounts } from './policy/shares.js'

/** Not 0, so that a row mistaken for its neighbour is noticed. */
const FRONTEND = 1

/** Splits of one frontend in several workers, over backends in rows that are not their positions. */
function setUp(weights: readonly number[], workers = 1) {
  const rows = weights.map((_, position) => position * 2 + 1)
  const capacity = { servers: 1, backends: weights.length * 2 + 1, frontends: 3, workers }
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity)
  const random = () => 0.5
  const splits = Array.from({ length: workers }, () => new Split(board, FRONTEND, rows, random))
  const set = (weights: readonly number[]) => {
    for (const [position, weight] of weights.entries()) board.setRouteWeight(FRONTEND, rows[position] ?? 0, weight)
    board.bumpSplitGeneration(FRONTEND)
  }
  set(weights)
  /** One choice in each worker after the other, so many in all. */
  const count = (choices: number, tried: readonly number[] = []) => {
    const counts = weights.map(() => 0)
    for (let i = 0; i < choices; i++) {
      const split = splits[i % workers]
      const position = (tried.length > 0 ? split?.nextBut(tried) : split?.next()) ?? NONE
      if (position !== NONE) counts[position] = (counts[position] ?? 0) + 1
    }
    return counts
  }
  return { splits, set, count }
}

const weights = fc
  .array(fc.integer({ min: 0, max: 256 }), { minLength: 1, maxLength: 6 })
  .filter((weights) => weights.some((weight) => weight > 0))

t.test('any hundred choices in a row keep the shares to within one, however many workers take turns', async (t) => {
  for (const workers of [1, 4, 7]) {
    const { count } = setUp([90, 10], workers)
    for (let hundred = 0; hundred < 100; hundred++) t.same(count(100), [90, 10], `${workers} workers`)
  }
})

t.test('the shares are exact over a round, and off by less than two choices at any moment', async (t) => {
  const property = fc.property(weights, fc.integer({ min: 1, max: 4 }), fc.nat(3_000), (weights, workers, choices) => {
    const { count } = setUp(weights, workers)
    const counts = count(choices)
    const share = (position: number) => (choices * (weights[position] ?? 0)) / sum(weights)
    return counts.every((count, position) => Math.abs(count - share(position)) < 2)
  })
  fc.assert(property)
  t.pass('holds for any weights')
})

t.test('a change holds from the very next choice of every worker', async (t) => {
  const { set, count } = setUp([100, 0], 4)
  t.same(count(1_000), [1_000, 0])
  set([0, 100])
  t.same(count(1_000), [0, 1_000], 'not one more to the first')
  set([75, 25])
  t.same(count(1_000), [750, 250])
  set([1, 256])
  t.same(count(257), [1, 256])
})

t.test('what was tried does not come again: its share goes to the others by their weights', async (t) => {
  const property = fc.property(weights, fc.nat(5), (weights, out) => {
    const { count } = setUp(weights)
    const left = weights.map((weight, position) => (position === out ? 0 : weight))
    const counts = count(2_000, [out])
    return sum(left) === 0 ? sum(counts) === 0 : sum(counts) === 2_000 && (counts[out] ?? 0) === 0
  })
  fc.assert(property)
  const { count } = setUp([60, 30, 10])
  t.same(unfairCounts(count(10_000, [0]), [0, 30, 10]), [])
  t.same(unfairCounts(count(10_000, [1]), [60, 0, 10]), [])
})

t.test('a backend of weight 0 gets nothing, whatever happened to the others', async (t) => {
  const { splits, count } = setUp([100, 0])
  t.same(count(50, [0]), [0, 0])
  t.equal(splits[0]?.isOpen(0), true)
  t.equal(splits[0]?.isOpen(1), false)
  t.equal(splits[0]?.isOpen(-1), false)
})
