import fc from 'fast-check'
import t from 'tap'
import type { Policy } from '../../../src/core/policy/policy.js'
import { roundRobin } from '../../../src/core/policy/round-robin.js'
import { HEALTH_CODE } from '../../../src/core/server-state.js'
import { serversOf, TestBackend } from '../test-backend.js'
import { sum } from './shares.js'

function picks(policy: Policy, number: number, tried: readonly number[] = []): number[] {
  return Array.from({ length: number }, () => policy.choose(0, tried))
}
function occurrences(positions: readonly number[], size: number): number[] {
  return Array.from({ length: size }, (_, position) => positions.filter((each) => each === position).length)
}

t.test('equal servers take turns in config order', (t) => {
  const policy = new TestBackend(serversOf([7, 7, 7])).policy(roundRobin)
  t.same(picks(policy, 7), [0, 1, 2, 0, 1, 2, 0])
  t.end()
})

t.test('a heavy server is not visited in bursts', (t) => {
  const policy = new TestBackend(serversOf([5, 1, 1])).policy(roundRobin)
  t.same(picks(policy, 7), [0, 0, 0, 1, 0, 0, 2])
  t.end()
})

t.test('workers with sequences of their own stay exact together, whoever picks when', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(3), { minLength: 100, maxLength: 100 }),
      (weights, turns) => {
        const backend = new TestBackend(serversOf(weights), { workers: 4 })
        const policies = backend.workers.map((_, worker) => backend.policy(roundRobin, worker))
        const chosen = turns.map((worker) => policies[worker]?.choose(0, []) ?? -1)
        return occurrences(chosen, weights.length).every((count, position) => {
          const share = (chosen.length * (weights[position] ?? 0)) / sum(weights)
          return Math.abs(count - share) < 1
        })
      },
    ),
    { seed: 1 },
  )
  t.end()
})

t.test('20 pooled connections on 3 equal servers come out 7, 7, 6 even when each has a worker of its own', (t) => {
  const backend = new TestBackend(serversOf([1, 1, 1]), { workers: 20 })
  const chosen = backend.workers.map((_, worker) => backend.policy(roundRobin, worker).choose(0, []))
  t.same(occurrences(chosen, 3), [7, 7, 6])
  t.end()
})

t.test('a server at its limit leaves its turns to all the others, not to its neighbour', (t) => {
  const backend = new TestBackend(
    serversOf([1, 1, 1, 1]).map((server, i) => (i === 1 ? { ...server, maxSessions: 1, live: 1 } : server)),
  )
  t.same(occurrences(picks(backend.policy(roundRobin), 300), 4), [100, 0, 100, 100])
  t.end()
})

t.test('a server that was tried leaves its turns to all the others', (t) => {
  const backend = new TestBackend(serversOf([1, 1, 1]))
  t.same(occurrences(picks(backend.policy(roundRobin), 200, [0]), 3), [0, 100, 100])
  t.end()
})

t.test('the rotation goes on where it was when a server goes down and comes back', (t) => {
  const backend = new TestBackend(serversOf([1, 1]))
  const policy = backend.policy(roundRobin)
  t.same(picks(policy, 3), [0, 1, 0])
  backend.set(0, 'health', HEALTH_CODE.down)
  t.same(picks(policy, 2), [1, 1])
  backend.set(0, 'health', HEALTH_CODE.up)
  t.same(picks(policy, 3), [1, 0, 1])
  t.end()
})

t.test('the shares outlive the wrap of the cursor at 2^32', (t) => {
  const backend = new TestBackend(serversOf([1, 1, 1]))
  backend.setCursor(2 ** 32 - 150)
  const chosen = picks(backend.policy(roundRobin), 300)
  const counts = occurrences(chosen, 3)
  t.ok(
    counts.every((count) => Math.abs(count - 100) <= 1),
    counts.join(' '),
  )
  t.end()
})
