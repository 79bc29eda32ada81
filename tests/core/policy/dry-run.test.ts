import t from 'tap'
import { DryCandidates, nextShares } from '../../../src/core/policy/dry-run.js'
import { findPolicy, POLICIES } from '../../../src/core/policy/list.js'
import type { PolicyDefinition } from '../../../src/core/policy/policy.js'
import { keyOf, serversOf, TestBackend } from '../test-backend.js'

const DRAWS = 4_000

function policyOf(name: string): PolicyDefinition {
  const found = findPolicy(name)
  if (!found) throw new Error(`no policy ${name}`)
  return found
}

function percents(shares: readonly number[]): number[] {
  return shares.map((share) => Math.round(share * 100))
}

t.test('asking leaves the shared cursor where it is', async (t) => {
  for (const definition of POLICIES) {
    const backend = new TestBackend(serversOf([3, 2, 1]))
    nextShares(definition, backend.candidates, DRAWS)
    t.equal(backend.candidates.advance(), 0, definition.name)
  }
})

t.test('shares follow the weights', async (t) => {
  for (const name of ['round-robin', 'random', 'source', 'maglev']) {
    const { candidates } = new TestBackend(serversOf([100, 50, 50]))
    const shares = nextShares(policyOf(name), candidates, DRAWS)
    for (const [i, expected] of [0.5, 0.25, 0.25].entries())
      t.ok(Math.abs((shares[i] ?? 0) - expected) < 0.03, `${name}: ${shares}`)
  }
})

t.test('first fills the first that has room; least-conn takes the least loaded, ties in equal parts', async (t) => {
  const filled = new TestBackend([
    { name: 'a', maxSessions: 2, live: 2 },
    { name: 'b', maxSessions: 2, live: 1 },
    { name: 'c', weight: 5 },
  ])
  t.same(percents(nextShares(policyOf('first'), filled.candidates, DRAWS)), [0, 100, 0])
  t.same(percents(nextShares(policyOf('least-conn'), filled.candidates, DRAWS)), [0, 0, 100])
  const tied = new TestBackend(serversOf([1, 1]))
  t.same(percents(nextShares(policyOf('least-conn'), tied.candidates, DRAWS)), [50, 50])
})

t.test('who cannot be taken has no share; nobody has one when nobody can be taken', async (t) => {
  for (const definition of POLICIES) {
    const one = new TestBackend([{ name: 'a', health: 'down' }, { name: 'b', admin: 'drain' }, { name: 'c' }])
    t.same(nextShares(definition, one.candidates, 100), [0, 0, 1], definition.name)
    const none = new TestBackend([{ name: 'a', health: 'down' }])
    t.same(nextShares(definition, none.candidates, 100), [0], definition.name)
  }
})

t.test('as if all were up, a client has the server that it had before the others went down', async (t) => {
  for (const name of ['source', 'maglev']) {
    const backend = new TestBackend(serversOf([1, 1, 1, 0]))
    const keys = Array.from({ length: 50 }, (_, i) => keyOf(i))
    const before = keys.map((key) => backend.policy(policyOf(name)).choose(key, []))
    backend.set(0, 'health', 1)
    backend.set(1, 'admin', 2)
    const dry = policyOf(name).create(new DryCandidates(backend.candidates, 'all-up'), () => 0)
    t.same(
      keys.map((key) => dry.choose(key, [])),
      before,
      name,
    )
  }
})
