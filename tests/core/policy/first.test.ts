import t from 'tap'
import { first } from '../../../src/core/policy/first.js'
import { TestBackend } from '../test-backend.js'

t.test('servers fill up one after the other, and the earliest with room comes first again', (t) => {
  const backend = new TestBackend([
    { name: 'a', weight: 1, maxSessions: 2 },
    { name: 'b', weight: 256, maxSessions: 1 },
    { name: 'c' },
  ])
  const policy = backend.policy(first)
  const chosen = Array.from({ length: 5 }, () => {
    const position = policy.choose(0, [])
    backend.enter(position)
    return position
  })
  t.same(chosen, [0, 0, 1, 2, 2])
  backend.leave(0)
  t.equal(policy.choose(0, []), 0)
  t.end()
})
