import fc from 'fast-check'
import t from 'tap'
import { effectiveWeight, type WeightFactors } from '../../../src/control/registry/effective-weight.js'
import { registryOf } from '../registry-of.js'
import { serverOf, smallRegistry } from '../small-registry.js'

const R1 = { servers: { r1: { family: 4, host: '127.0.0.1', port: 1 } } } as const

t.test('an effective weight is 0 only where the weight or a factor is', async () => {
  const percents = fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 2 })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 256 }), percents, (weight, [agent, lag]) => {
      const factors: WeightFactors = new Map([
        ...(agent === undefined ? [] : [['agent', agent] as const]),
        ...(lag === undefined ? [] : [['lag', lag] as const]),
      ])
      const effective = effectiveWeight(weight, factors)
      const isNothing = weight === 0 || agent === 0 || lag === 0
      return Number.isInteger(effective) && effective <= 256 && (effective === 0) === isNothing
    }),
  )
})

t.test('factors of several sources multiply, and the weight as set stays', async (t) => {
  const registry = smallRegistry(R1)
  const server = serverOf(registry, 'r1')
  const told: string[] = []
  registry.on('effective-weight', (_, was, is, source) => told.push(`${source}: ${was} to ${is}`))
  registry.setWeightFactor(server, 'agent', 50)
  registry.setWeightFactor(server, 'lag', 10)
  t.match({ set: server.weight, effective: server.effectiveWeight }, { set: 100, effective: 5 })
  registry.setWeight(server, 40, 'test')
  t.match({ set: server.weight, effective: server.effectiveWeight }, { set: 40, effective: 2 })
  registry.setWeightFactor(server, 'agent', 100)
  t.equal(server.effectiveWeight, 4)
  registry.setWeightFactor(server, 'agent', 100)
  t.same(told, ['agent: 100 to 50', 'lag: 50 to 5', 'agent: 2 to 4'])
})

t.test('the factor 0 takes the last server of a backend out of rotation, and another brings it back', async (t) => {
  const registry = smallRegistry(R1)
  const server = serverOf(registry, 'r1')
  const told: string[] = []
  registry.on('backend', (backend, is, why) => told.push(`${backend.name} ${is}: ${why}`))
  const generation = registry.board.generation(0)
  registry.setWeightFactor(server, 'agent', 0)
  registry.setWeightFactor(server, 'agent', 1)
  t.same(told, ['db down: weight of db/r1 is 0 for its agent', 'db up: weight of db/r1 is 1 for its agent'])
  t.ok(registry.board.generation(0) > generation, 'workers look again')
})

t.test("maglev's table goes by effective weights", async (t) => {
  const registry = await registryOf(`
    frontends.f = { listen = "tcp://127.0.0.1:1", backend = "b" }
    [backends.b]
    policy = "maglev"
    servers = [{ name = "a", address = "127.0.0.1:2" }, { name = "b", address = "127.0.0.1:3" }]
  `)
  const [a] = registry.backend('b')?.servers ?? []
  if (!a) throw new Error('no server a')
  const shareOfA = () => {
    const table = registry.board.table(registry.backend('b')?.id ?? 0)
    return table.filter((position) => position === 0).length / table.length
  }
  t.ok(Math.abs(shareOfA() - 1 / 2) < 0.01)
  registry.setWeightFactor(a, 'agent', 50)
  t.ok(Math.abs(shareOfA() - 1 / 3) < 0.01)
})
