import t from 'tap'
import { random } from '../../../src/core/policy/random.js'
import { serversOf, TestBackend } from '../test-backend.js'
import { countPicks, unfairCounts } from './shares.js'

t.test('of two servers the busy one is left alone', (t) => {
  const backend = new TestBackend([{ name: 'busy', live: 10 }, { name: 'idle' }])
  const policy = backend.policy(random)
  const idle = Array.from({ length: 1_000 }, () => policy.choose(0, [])).filter((position) => position === 1)
  t.ok(idle.length >= 990, `${idle.length} of 1,000 went to the idle one`)
  t.end()
})

t.test('load is relative to weight: 3 sessions on weight 4 are less than 1 on weight 1', (t) => {
  const backend = new TestBackend([
    { name: 'large', weight: 4, live: 3 },
    { name: 'small', weight: 1, live: 1 },
  ])
  const policy = backend.policy(random)
  const large = Array.from({ length: 1_000 }, () => policy.choose(0, [])).filter((position) => position === 0)
  t.ok(large.length >= 990, `${large.length} of 1,000 went to the large one`)
  t.end()
})

t.test('idle servers get their shares by weight, since no load tells them apart', (t) => {
  const weights = [1, 30, 200, 60]
  const policy = new TestBackend(serversOf(weights)).policy(random)
  const counts = weights.map(() => 0)
  for (let i = 0; i < 100_000; i++) {
    const position = policy.choose(0, [])
    counts[position] = (counts[position] ?? 0) + 1
  }
  t.same(unfairCounts(counts, weights), [])
  t.end()
})

t.test('two choices keep held sessions much closer together than one would', (t) => {
  const backend = new TestBackend(serversOf(new Array<number>(20).fill(1)))
  const counts = countPicks(backend, [backend.policy(random)], 20_000)
  const spread = Math.max(...counts) - Math.min(...counts)
  t.ok(spread <= 12, `spread ${spread}; a single random choice gives about 120`)
  t.end()
})
