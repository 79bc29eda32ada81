import fc from 'fast-check'
import t from 'tap'
import { buildSequence, MAX_SEQUENCE } from '../../../src/core/policy/weighted-sequence.js'
import { sum } from './shares.js'

t.test('after any number of visits every server has had its share, rounded down or up', (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 256 }), { maxLength: 40 }), (weights) => {
      const total = sum(weights)
      const seen = weights.map(() => 0)
      const sequence = buildSequence(weights)
      for (const [i, position] of sequence.entries()) {
        seen[position] = (seen[position] ?? 0) + 1
        for (const [server, weight] of weights.entries()) {
          if (Math.abs((seen[server] ?? 0) - ((i + 1) * weight) / total) >= 1) return false
        }
      }
      return seen.every((count, server) => count * total === (weights[server] ?? 0) * sequence.length)
    }),
    { numRuns: 60, seed: 1 },
  )
  t.end()
})

t.test('a common factor of the weights does not lengthen the round', (t) => {
  t.same([...buildSequence([100, 100, 200])], [...buildSequence([1, 1, 2])])
  t.equal(buildSequence([256]).length, 1)
  t.end()
})

t.test('servers of weight 0 are never visited, and nobody is when all have 0', (t) => {
  t.notOk(buildSequence([0, 3, 0, 2]).some((position) => position === 0 || position === 2))
  t.equal(buildSequence([0, 0]).length, 0)
  t.equal(buildSequence([]).length, 0)
  t.end()
})

t.test('64 servers of any weights are exact; 1,000 are bounded, near their shares, and nobody is forgotten', (t) => {
  const exact = Array.from({ length: 64 }, (_, i) => 193 + i)
  t.equal(buildSequence(exact).length, sum(exact))

  const many = Array.from({ length: 1_000 }, (_, i) => 1 + ((i * 97) % 256))
  const sequence = buildSequence(many)
  t.ok(sequence.length <= MAX_SEQUENCE * 1.01, `${sequence.length} visits`)
  const counts = many.map(() => 0)
  for (const position of sequence) counts[position] = (counts[position] ?? 0) + 1
  const fair = (weight: number) => (weight * sequence.length) / sum(many)
  t.same(
    counts.filter((count, i) => count < 1 || Math.abs(count - fair(many[i] ?? 0)) > 1),
    [],
  )
  t.end()
})

t.test('as many servers as there may be are each visited', (t) => {
  const counts = new Uint8Array(65_000)
  for (const position of buildSequence(Array.from(counts, () => 1))) counts[position] = (counts[position] ?? 0) + 1
  t.ok(
    counts.every((count) => count === 1),
    `${counts.filter((count) => count === 0).length} never`,
  )
  t.end()
})
