import fc from 'fast-check'
import t from 'tap'
import { type Seat, sharesOf, surplus } from '../../../src/control/rebalance/plan.js'

function seats(live: readonly number[], weights: readonly number[] = [], rooms: readonly number[] = []): Seat[] {
  return live.map((live, i) => ({ live, weight: weights[i] ?? 100, room: rooms[i] ?? Number.POSITIVE_INFINITY }))
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
const liveOf = (all: readonly Seat[]) => sum(all.map(({ live }) => live))

t.test('a server that returned has its share taken from the others', async (t) => {
  t.same(surplus(seats([15, 15, 0]), 30), [5, 5, 0])
  t.same(surplus(seats([30, 0, 0]), 30), [20, 0, 0])
  t.same(surplus(seats([20, 10, 0], [200, 100, 100]), 30), [5, 2, 0], 'by weight')
})

t.test('a difference that rounding makes is left alone', async (t) => {
  t.same(surplus(seats([10, 10, 9]), 29), [0, 0, 0])
  t.same(surplus(seats([11, 10, 9]), 30), [0, 0, 0])
  t.same(surplus(seats([12, 9, 9]), 30), [2, 0, 0])
  t.same(surplus(seats([1, 0, 0]), 1), [0, 0, 0])
})

t.test('many servers that have one too many each make room for one that has none', async (t) => {
  const all = seats([...Array<number>(100).fill(10), 0])
  const plan = surplus(all, 1_000)
  t.equal(sum(plan), 9, 'one goes to the returned server from each of nine others')
  t.ok(plan.every((count) => count <= 1))
})

t.test('a server that serves them no more keeps none, not even one', async (t) => {
  t.same(surplus(seats([1, 10, 10], [0]), 21), [1, 0, 0])
  t.same(surplus(seats([5, 5], [0, 0]), 10), [0, 0], 'but where nobody else is, they stay')
})

t.test('sessions that were closed and are not back yet are still reckoned with', async (t) => {
  t.same(surplus(seats([15, 10, 0]), 30), [5, 0, 0])
  t.same(surplus(seats([10, 10, 0]), 30), [0, 0, 0], 'the rest comes back to the third')
  t.same(surplus(seats([10, 10, 0]), 20), [3, 3, 0], 'where nobody is expected back, more would go')
})

t.test('a full server is given no more than it may have', async (t) => {
  t.same(surplus(seats([15, 15, 0], [], [1000, 1000, 4]), 30), [2, 2, 0])
  t.same(surplus(seats([15, 15, 4], [], [1000, 1000, 4]), 34), [0, 0, 0])
  t.same(surplus(seats([5, 10], [0, 100], [10, 10]), 15), [0, 0], 'who would find no place is not closed')
})

const seat = fc.record({
  live: fc.nat(500),
  weight: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 256 })),
  room: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(600)),
})
const all = fc.array(seat, { minLength: 1, maxLength: 20 })

t.test('no server is taken below its share, and no more than it has', async () => {
  fc.assert(
    fc.property(all, fc.nat(200), (all, missing) => {
      const expected = liveOf(all) + missing
      const shares = sharesOf(all, expected)
      return surplus(all, expected).every((count, i) => {
        const { live } = all[i] ?? { live: 0 }
        return (
          Number.isInteger(count) && count >= 0 && (count === 0 || live - count >= Math.floor((shares[i] ?? 0) + 1e-9))
        )
      })
    }),
    { numRuns: 2_000 },
  )
})

t.test('shares are conserved: their sum is all that there is room for', async () => {
  fc.assert(
    fc.property(all, fc.nat(5_000), (all, total) => {
      const room = sum(all.map(({ weight, room }) => (weight > 0 ? room : 0)))
      const shares = sharesOf(all, total)
      const isWithin = shares.every((share, i) => share <= (all[i]?.room ?? 0) + 1e-6 && share >= 0)
      return isWithin && Math.abs(sum(shares) - Math.min(total, room)) < 1e-6
    }),
    { numRuns: 2_000 },
  )
})

t.test('no more leave than find a place below their share elsewhere', async () => {
  fc.assert(
    fc.property(all, (all) => {
      const expected = liveOf(all)
      const shares = sharesOf(all, expected)
      const places = sum(all.map(({ live }, i) => Math.max(0, Math.ceil((shares[i] ?? 0) - 1e-9) - live)))
      return sum(surplus(all, expected)) <= places
    }),
    { numRuns: 2_000 },
  )
})

t.test('where everybody is within one session of its share nothing happens', async () => {
  const even = fc.tuple(fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 1, maxLength: 20 }), fc.nat(100))
  fc.assert(
    fc.property(even, ([offsets, base]) => {
      const all = seats(offsets.map((offset) => Math.max(0, base + offset)))
      const share = liveOf(all) / all.length
      if (all.some(({ live }) => Math.abs(live - share) > 1)) return true
      return surplus(all, liveOf(all)).every((count) => count === 0)
    }),
  )
})

t.test('least-conn comes to rest after as many closings as there are sessions to be moved', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { minLength: 2, maxLength: 8 }), (live) => {
      const now = [...live]
      const planned = sum(surplus(seats(now), sum(now)))
      let closed = 0
      for (;;) {
        const plan = surplus(seats(now), sum(now))
        const from = plan.indexOf(Math.max(...plan))
        if (Math.max(...plan) === 0) break
        now[from] = (now[from] ?? 0) - 1
        const to = now.indexOf(Math.min(...now))
        now[to] = (now[to] ?? 0) + 1
        closed++
      }
      return closed <= planned && Math.max(...now) - Math.min(...now) <= 2
    }),
  )
})
