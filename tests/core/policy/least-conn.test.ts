import fc from 'fast-check'
import t from 'tap'
import { leastConn } from '../../../src/core/policy/least-conn.js'
import { HEALTH_CODE } from '../../../src/core/server-state.js'
import { serversOf, TestBackend } from '../test-backend.js'
import { unfairCounts } from './shares.js'

t.test('held sessions over several workers keep equal servers within one session of each other', (t) => {
  const backend = new TestBackend(serversOf([9, 9, 9, 9]), { workers: 4 })
  const policies = backend.workers.map((_, worker) => backend.policy(leastConn, worker))
  for (let session = 0; session < 1_000; session++) {
    const worker = (session * 7) % 4
    backend.enter(policies[worker]?.choose(0, []) ?? -1, worker)
    const live = backend.positions.map((position) => backend.candidates.live(position))
    if (Math.max(...live) - Math.min(...live) > 1) t.fail(`after ${session} sessions: ${live.join(' ')}`)
  }
  t.same(
    backend.positions.map((position) => backend.candidates.live(position)),
    [250, 250, 250, 250],
  )
  t.end()
})

t.test('whoever comes and goes, nobody would have less load for its weight than the one chosen', (t) => {
  const server = fc.record({ weight: fc.integer({ min: 1, max: 256 }), live: fc.nat(6) })
  fc.assert(
    fc.property(fc.array(server, { minLength: 1, maxLength: 9 }), fc.nat(), (servers, cursor) => {
      const backend = new TestBackend(servers.map((each, i) => ({ ...each, name: `s${i}` })))
      backend.setCursor(cursor)
      const load = (position: number) => (backend.candidates.live(position) + 1) / backend.candidates.weight(position)
      const chosen = load(backend.policy(leastConn).choose(0, []))
      return backend.positions.every((position) => load(position) >= chosen * (1 - 1e-12))
    }),
    { seed: 1 },
  )
  t.end()
})

t.test('idle equal servers take turns over all workers, also with one of them out', (t) => {
  const backend = new TestBackend(serversOf([1, 1, 1]), { workers: 2 })
  const policies = backend.workers.map((_, worker) => backend.policy(leastConn, worker))
  const six = () => [0, 1, 0, 1, 0, 1].map((worker) => policies[worker]?.choose(0, []))
  t.same(six(), [0, 1, 2, 0, 1, 2])
  backend.set(1, 'health', HEALTH_CODE.down)
  t.same(six(), [0, 2, 0, 2, 0, 2])
  t.end()
})

t.test('few clients that come and go in step leave no server out', (t) => {
  for (const [servers, clients] of [
    [3, 2],
    [5, 3],
    [8, 4],
  ] as const) {
    const weights = Array.from({ length: servers }, () => 1)
    const backend = new TestBackend(serversOf(weights))
    const policy = backend.policy(leastConn)
    const open = Array.from({ length: clients }, () => -1)
    const counts = weights.map(() => 0)
    for (let session = 0; session < 10_000; session++) {
      const last = open[session % clients] ?? -1
      if (last >= 0) backend.leave(last)
      const position = policy.choose(0, [])
      backend.enter(position)
      open[session % clients] = position
      counts[position] = (counts[position] ?? 0) + 1
    }
    t.same(unfairCounts(counts, weights), [], `${clients} clients, ${servers} servers: ${counts.join(' ')}`)
  }
  t.end()
})

t.test('a server that refuses everybody leaves its share to all others alike', (t) => {
  const backend = new TestBackend(serversOf([1, 1, 1]))
  const policy = backend.policy(leastConn)
  const counts = [0, 0, 0]
  for (let session = 0; session < 10_000; session++) {
    const first = policy.choose(0, [])
    const position = first === 1 ? policy.choose(0, [1]) : first
    counts[position] = (counts[position] ?? 0) + 1
  }
  t.same(unfairCounts(counts, [1, 0, 1]), [], counts.join(' '))
  t.end()
})

t.test('equal loads of unequal weights are a tie, too', (t) => {
  const backend = new TestBackend([
    { name: 'a', weight: 3, live: 2 },
    { name: 'b', weight: 7, live: 6 },
  ])
  const policy = backend.policy(leastConn)
  t.same([policy.choose(0, []), policy.choose(0, [])], [0, 1])
  t.end()
})

t.test('ties turn on through the wrap of the cursor at 2^32', (t) => {
  const backend = new TestBackend(serversOf([1, 1, 1]))
  backend.setCursor(2 ** 32 - 2)
  const policy = backend.policy(leastConn)
  const chosen = Array.from({ length: 5 }, () => policy.choose(0, []))
  t.same(chosen, [2, 0, 0, 1, 2])
  t.end()
})
