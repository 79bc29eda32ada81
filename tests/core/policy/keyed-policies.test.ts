/** What a policy that looks at the client owes besides: the same client, the same server, and few clients moved. */
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { POLICIES } from '../../../src/core/policy/list.js'
import type { PolicyDefinition } from '../../../src/core/policy/policy.js'
import { HEALTH_CODE } from '../../../src/core/server-state.js'
import { keyOf, type ServerSetup, serversOf, TestBackend } from '../test-backend.js'
import { sum, unfairCounts } from './shares.js'

const CLIENTS = 10_000
const weights = fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 2, maxLength: 20 })

interface Duty {
  readonly of: string
  readonly holds: (definition: PolicyDefinition, t: Test) => void
}

/** The name of the server that each client gets. */
function mapping(definition: PolicyDefinition, backend: TestBackend, tried: readonly number[] = []): string[] {
  const policy = backend.policy(definition)
  return Array.from(
    { length: CLIENTS },
    (_, client) => backend.servers[policy.choose(keyOf(client), tried)]?.name ?? 'none',
  )
}
/** Clients whose server changed, by the server that they had. */
function movedFrom(before: readonly string[], after: readonly string[]): Map<string, string[]> {
  const moved = new Map<string, string[]>()
  before.forEach((name, client) => {
    const now = after[client] ?? 'none'
    if (now === name) return
    const known = moved.get(name)
    if (known) known.push(now)
    else moved.set(name, [now])
  })
  return moved
}
function countBy(names: readonly string[], servers: readonly ServerSetup[]): number[] {
  return servers.map(({ name }) => names.filter((each) => each === name).length)
}

/** Clients of other servers that may move along with a change of membership, as a part of all clients. */
const STRAYS: Readonly<Record<string, number>> = { source: 0, maglev: 0.02 }

const DUTIES: readonly Duty[] = [
  {
    of: 'a client has one server, whichever worker it comes to and whatever came before',
    holds: (definition, t) => {
      const backend = new TestBackend(serversOf([3, 1, 200, 40]))
      const first = mapping(definition, backend)
      backend.enter(0)
      backend.setCursor(77)
      t.same(mapping(definition, backend), first)
    },
  },
  {
    of: 'the order of the servers in the config does not matter',
    holds: (definition) =>
      fc.assert(
        fc.property(
          weights.chain((list) =>
            fc.tuple(fc.constant(serversOf(list)), fc.shuffledSubarray(serversOf(list), { minLength: list.length })),
          ),
          ([servers, shuffled]) => {
            const moved = movedFrom(
              mapping(definition, new TestBackend(servers)),
              mapping(definition, new TestBackend(shuffled)),
            )
            return moved.size === 0
          },
        ),
        { numRuns: 10, seed: 1 },
      ),
  },
  {
    of: 'a removed server moves its own clients and (nearly) no others',
    holds: (definition) =>
      fc.assert(
        fc.property(weights, fc.nat(), (list, which) => {
          const servers = serversOf(list)
          const gone = servers[which % servers.length]?.name ?? ''
          const before = mapping(definition, new TestBackend(servers))
          const after = mapping(definition, new TestBackend(servers.filter(({ name }) => name !== gone)))
          const moved = movedFrom(before, after)
          const strays = sum([...moved].filter(([from]) => from !== gone).map(([, to]) => to.length))
          const others = before.filter((name) => name !== gone).length
          return strays <= others * (STRAYS[definition.name] ?? 0) && !after.includes(gone)
        }),
        { numRuns: 25, seed: 2 },
      ),
  },
  {
    of: 'a heavier server gains its new share and (nearly) nothing else moves',
    holds: (definition, t) => {
      const backend = new TestBackend(serversOf([100, 100, 100, 100]))
      const before = mapping(definition, backend)
      backend.setWeight(2, 200)
      const after = mapping(definition, backend)
      t.same(unfairCounts(countBy(after, backend.servers), [100, 100, 200, 100]), [])
      const strays = [...movedFrom(before, after).values()].flat().filter((to) => to !== 's2').length
      t.ok(strays <= CLIENTS * (STRAYS[definition.name] ?? 0), `${strays} clients moved between other servers`)
    },
  },
  {
    of: 'the clients of a server that is down spread over all the others by weight, and come back; no other client moves',
    holds: (definition, t) => {
      const backend = new TestBackend(serversOf([100, 50, 150, 100]))
      const before = mapping(definition, backend)
      backend.set(0, 'health', HEALTH_CODE.down)
      const moved = movedFrom(before, mapping(definition, backend))
      t.same([...moved.keys()], ['s0'])
      t.same(unfairCounts(countBy(moved.get('s0') ?? [], backend.servers), [0, 50, 150, 100]), [])
      backend.set(0, 'health', HEALTH_CODE.up)
      t.same(mapping(definition, backend), before)
    },
  },
  {
    of: 'a failed connect sends a client where it would go if that server were down',
    holds: (definition, t) => {
      const backend = new TestBackend(serversOf([100, 50, 150, 100]))
      const retried = mapping(definition, backend, [2])
      backend.set(2, 'health', HEALTH_CODE.down)
      t.same(mapping(definition, backend), retried)
    },
  },
]

for (const definition of POLICIES.filter(({ keyed }) => keyed)) {
  t.test(definition.name, (t) => {
    t.ok(definition.name in STRAYS, 'the test knows how many clients may stray')
    for (const { of, holds } of DUTIES) {
      t.test(of, (t) => {
        holds(definition, t)
        t.end()
      })
    }
    t.end()
  })
}
