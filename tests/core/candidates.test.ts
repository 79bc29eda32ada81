import t from 'tap'
import { POLICIES } from '../../src/core/policy/list.js'
import { HEALTH_CODE } from '../../src/core/server-state.js'
import { keyOf, serversOf, TestBackend } from './test-backend.js'

for (const memory of ['process', 'thread'] as const) {
  t.test(`a position stands for its server's row in the memory of a ${memory}`, (t) => {
    const servers = [
      { name: 'a', weight: 3, live: 2 },
      { name: 'b', weight: 7, maxSessions: 1, live: 1 },
      { name: 'c', weight: 9, health: 'down' as const },
    ]
    const backend = new TestBackend(servers, { workers: 2, memory })
    const { candidates } = backend
    backend.enter(0, 1)
    t.same(
      [0, 1, 2].map((position) => candidates.weight(position)),
      [3, 7, 9],
    )
    t.same(
      [0, 1, 2].map((position) => candidates.live(position)),
      [3, 1, 0],
      'over all workers',
    )
    t.same(
      [0, 1, 2].map((position) => candidates.isServing(position)),
      [true, true, false],
    )
    t.same(
      [0, 1, 2].map((position) => candidates.isEligible(position)),
      [true, false, false],
    )
    t.end()
  })
}

t.test('a position that is none is never eligible', (t) => {
  const { candidates } = new TestBackend(serversOf([1]))
  for (const position of [-1, 1, 0xffff]) {
    t.equal(candidates.isEligible(position), false)
    t.equal(candidates.isServing(position), false)
    t.equal(candidates.weight(position), 0)
    t.equal(candidates.live(position), 0)
  }
  t.end()
})

t.test('the identity is of the name alone', (t) => {
  const one = new TestBackend([{ name: 'r1' }, { name: 'r2', weight: 5 }]).candidates
  const other = new TestBackend([{ name: 'r3' }, { name: 'r2' }, { name: 'r1' }]).candidates
  t.equal(one.identity(0), other.identity(2))
  t.equal(one.identity(1), other.identity(1))
  t.not(one.identity(0), one.identity(1))
  t.end()
})

t.test('the generation changes with a state and not with a session; the cursor is shared', (t) => {
  const backend = new TestBackend(serversOf([1]), { workers: 2 })
  const before = backend.candidates.generation()
  backend.enter(0, 1)
  t.equal(backend.candidates.generation(), before)
  backend.set(0, 'health', HEALTH_CODE.down)
  t.not(backend.candidates.generation(), before)
  backend.setCursor(2 ** 32 - 1)
  t.same([backend.candidates.advance(), backend.candidates.advance()], [2 ** 32 - 1, 0])
  t.end()
})

t.test('a choice allocates nothing', (t) => {
  // few enough choices in a round that the collector, which would hide what was allocated, seldom runs in one
  const [rounds, choices] = [101, 5_000]
  const tried: number[] = []
  // below 2^31, since V8 boxes a larger number that is passed to a function
  const keys = Array.from({ length: 1_000 }, (_, client) => keyOf(client) >>> 2)
  for (const definition of POLICIES) {
    const policy = new TestBackend(serversOf([3, 1, 2, 5]), { workers: 2 }).policy(definition)
    const growth = Array.from({ length: rounds }, () => {
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < choices; i++) policy.choose(keys[i % keys.length] ?? 0, tried)
      return (process.memoryUsage().heapUsed - before) / choices
    })
    // the median, since the first rounds run uncompiled; the least object has 16 bytes
    const bytes = growth.sort((a, b) => a - b)[rounds >> 1] ?? Number.NaN
    t.ok(Math.abs(bytes) < 4, `${definition.name}: ${bytes.toFixed(2)} bytes a choice`)
  }
  t.end()
})
