/** What every policy in the list owes its users. A skip names its reason. */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { POLICIES } from '../../../src/core/policy/list.js'
import { NONE, type PolicyDefinition } from '../../../src/core/policy/policy.js'
import { ADMIN_CODE, ADMIN_STATES, HEALTH_CODE, HEALTH_STATES } from '../../../src/core/server-state.js'
import { keyOf, type ServerSetup, serversOf, TestBackend } from '../test-backend.js'
import { countPicks, unfairCounts } from './shares.js'

const PICKS = 100_000
const NO_SHARES = { first: 'takes one server after the other and has no shares' }

const memory = fc.constantFrom('process' as const, 'thread' as const)
const weights = fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 20 })
const aServer = fc.record({
  weight: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 256 })),
  admin: fc.constantFrom(...ADMIN_STATES),
  health: fc.constantFrom(...HEALTH_STATES),
  maxSessions: fc.nat(2),
  live: fc.nat(2),
})
const someServers = fc
  .array(fc.oneof(aServer, fc.record({ weight: fc.integer({ min: 1, max: 256 }) })), { maxLength: 12 })
  .map((servers): ServerSetup[] => servers.map((server, i) => ({ ...server, name: `s${i}` })))

interface Duty {
  readonly of: string
  readonly skip?: Readonly<Record<string, string>>
  readonly holds: (definition: PolicyDefinition, t: Test) => void
}

function mayTake({ weight = 1, admin = 'ready', health = 'up', maxSessions = 0, live = 0 }: ServerSetup): boolean {
  return weight > 0 && admin === 'ready' && health === 'up' && (maxSessions === 0 || live < maxSessions)
}

const DUTIES: readonly Duty[] = [
  {
    of: 'shares follow the weights within 1 % over 100,000 picks of held sessions',
    skip: NO_SHARES,
    holds: (definition) =>
      fc.assert(
        fc.property(weights, memory, fc.integer(), (shares, kind, seed) => {
          const backend = new TestBackend(serversOf(shares), { memory: kind })
          const counts = countPicks(backend, [backend.policy(definition, seed)], PICKS)
          return unfairCounts(counts, shares).length === 0
        }),
        { numRuns: 12, seed: 1 },
      ),
  },
  {
    of: 'shares hold over four workers together, each with a policy of its own',
    skip: NO_SHARES,
    holds: (definition, t) => {
      const shares = [100, 50, 37, 1, 200]
      const backend = new TestBackend(serversOf(shares), { workers: 4 })
      const policies = backend.workers.map((_, worker) => backend.policy(definition, worker))
      t.same(unfairCounts(countPicks(backend, policies, PICKS), shares), [])
    },
  },
  {
    of: 'a server that is down leaves its share to all the others by their weights',
    skip: NO_SHARES,
    holds: (definition, t) => {
      const shares = [100, 50, 150, 50]
      const backend = new TestBackend(serversOf(shares))
      backend.set(1, 'health', HEALTH_CODE.down)
      t.same(unfairCounts(countPicks(backend, [backend.policy(definition)], PICKS), [100, 0, 150, 50]), [])
    },
  },
  {
    of: 'a changed weight holds from the next pick on',
    skip: NO_SHARES,
    holds: (definition, t) => {
      const backend = new TestBackend(serversOf([1, 1, 1]))
      const policy = backend.policy(definition)
      policy.choose(keyOf(0), [])
      backend.setWeight(2, 6)
      t.same(unfairCounts(countPicks(backend, [policy], PICKS), [1, 1, 6]), [])
    },
  },
  {
    of: 'only eligible servers that were not tried are chosen, NONE if and only if there is none',
    holds: (definition) =>
      fc.assert(
        fc.property(someServers, memory, fc.array(fc.nat(11), { maxLength: 4 }), (servers, kind, tried) => {
          const backend = new TestBackend(servers, { memory: kind })
          const policy = backend.policy(definition)
          const allowed = backend.positions.filter((i) => mayTake(servers[i] ?? { name: '' }) && !tried.includes(i))
          for (let client = 0; client < 40; client++) {
            const position = policy.choose(keyOf(client), tried)
            if (allowed.length === 0 ? position !== NONE : !allowed.includes(position)) return false
          }
          return true
        }),
        { numRuns: 300, seed: 2 },
      ),
  },
  {
    of: 'a session that keeps failing sees every eligible server once, then NONE',
    holds: (definition) =>
      fc.assert(
        fc.property(someServers, fc.nat(), (servers, client) => {
          const backend = new TestBackend(servers)
          const policy = backend.policy(definition)
          const tried: number[] = []
          for (let p = policy.choose(keyOf(client), tried); p !== NONE; p = policy.choose(keyOf(client), tried))
            tried.push(p)
          const eligible = backend.positions.filter((i) => mayTake(servers[i] ?? { name: '' }))
          return tried.length === eligible.length && new Set(tried).size === tried.length
        }),
        { numRuns: 200, seed: 3 },
      ),
  },
  {
    of: 'drain, maint, down and weight 0 hold for the very next pick, and so does their end',
    holds: (definition, t) => {
      const backend = new TestBackend(serversOf([1]))
      const policy = backend.policy(definition)
      const choice = () => policy.choose(keyOf(7), [])
      t.equal(choice(), 0)
      for (const admin of ['drain', 'maint', 'ready'] as const) {
        backend.set(0, 'admin', ADMIN_CODE[admin])
        t.equal(choice(), admin === 'ready' ? 0 : NONE, admin)
      }
      for (const health of ['down', 'up'] as const) {
        backend.set(0, 'health', HEALTH_CODE[health])
        t.equal(choice(), health === 'up' ? 0 : NONE, health)
      }
      for (const weight of [0, 3]) {
        backend.set(0, 'effectiveWeight', weight)
        t.equal(choice(), weight > 0 ? 0 : NONE, `weight ${weight}`)
      }
    },
  },
  {
    of: 'a server at its limit is passed over and found again as soon as a session leaves',
    holds: (definition, t) => {
      const backend = new TestBackend([
        { name: 'small', maxSessions: 1 },
        { name: 'large', weight: 5, maxSessions: 2 },
      ])
      for (const position of [0, 1, 1]) backend.enter(position)
      const policy = backend.policy(definition)
      t.equal(policy.choose(keyOf(1), []), NONE)
      backend.leave(0)
      t.equal(policy.choose(keyOf(1), []), 0)
      backend.enter(0)
      backend.leave(1)
      t.equal(policy.choose(keyOf(1), []), 1)
    },
  },
  {
    of: 'a server that was full when the policy first looked gets new sessions like any other once it has room',
    holds: (definition, t) => {
      const backend = new TestBackend([{ name: 'a', maxSessions: 1, live: 1 }, { name: 'b' }])
      const policy = backend.policy(definition)
      const chosen = () => new Set(Array.from({ length: 100 }, (_, client) => policy.choose(keyOf(client), [])))
      t.same([...chosen()], [1])
      backend.leave(0)
      t.ok(chosen().has(0))
    },
  },
  {
    of: 'the one server that can be taken among 300 is found, whether the others are down or full',
    holds: (definition, t) => {
      for (const trouble of [{ health: 'down' }, { maxSessions: 1, live: 1 }] as const) {
        const servers = serversOf(new Array<number>(300).fill(256)).map((server, i) =>
          i === 123 ? { name: 's123' } : { ...server, ...trouble },
        )
        const backend = new TestBackend(servers)
        const policy = backend.policy(definition)
        const chosen = Array.from({ length: 300 }, (_, client) => policy.choose(keyOf(client), []))
        t.same([...new Set(chosen)], [123])
      }
    },
  },
  {
    of: 'a backend without servers has none to choose',
    holds: (definition, t) => {
      t.equal(new TestBackend([]).policy(definition).choose(keyOf(1), []), NONE)
    },
  },
]

for (const definition of POLICIES) {
  t.test(definition.name, (t) => {
    for (const { of, skip, holds } of DUTIES) {
      const reason = skip?.[definition.name]
      t.test(of, reason ? { skip: reason } : {}, (t) => {
        holds(definition, t)
        t.end()
      })
    }
    t.end()
  })
}
