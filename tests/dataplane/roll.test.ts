import fc from 'fast-check'
import t from 'tap'
import { type Member, Roll } from '../../src/dataplane/roll.js'

class Named implements Member {
  place = -1
  constructor(readonly name: number) {}
}

function namesIn(roll: Roll<Named>): number[] {
  const names: number[] = []
  roll.each(({ name }) => names.push(name))
  return names
}

t.test('keeps the order in which members came, whoever leaves', async (t) => {
  // true: one comes; a number: the one at that share of the roll leaves
  const steps = fc.array(fc.oneof(fc.constant(true as const), fc.double({ min: 0, max: 0.999, noNaN: true })), {
    maxLength: 600,
  })
  fc.assert(
    fc.property(steps, (steps) => {
      const roll = new Roll<Named>()
      const model: Named[] = []
      for (const [i, step] of steps.entries()) {
        if (step === true) {
          const member = new Named(i)
          roll.add(member)
          model.push(member)
        } else {
          for (const left of model.splice(Math.floor(step * model.length), 1)) roll.remove(left)
        }
      }
      t.equal(roll.size, model.length)
      t.same(
        namesIn(roll),
        model.map(({ name }) => name),
      )
    }),
  )
})

t.test('leaving twice does nothing, and never takes another along', async (t) => {
  const roll = new Roll<Named>()
  const [first, second] = [new Named(1), new Named(2)]
  roll.add(first)
  roll.remove(first)
  roll.add(second)
  roll.remove(first)
  t.same(namesIn(roll), [2])
})

t.test('members may leave while the roll is called', async (t) => {
  const roll = new Roll<Named>()
  for (let i = 0; i < 10; i++) roll.add(new Named(i))
  roll.each((member) => roll.remove(member))
  t.equal(roll.size, 0)
})

t.test('parts together are the whole, and begin anew after the last', async (t) => {
  const roll = new Roll<Named>()
  for (let i = 0; i < 25; i++) roll.add(new Named(i))
  const names: number[] = []
  const visit = ({ name }: Named) => names.push(name)
  let at = 0
  for (let part = 0; part < 3; part++) at = roll.part(at, 10, visit)
  t.equal(at, 0)
  t.same(
    names,
    Array.from({ length: 25 }, (_, i) => i),
  )
})

t.test('whoever stays is visited in the next round at the latest, whoever comes and leaves', async (t) => {
  const roll = new Roll<Named>()
  const staying = Array.from({ length: 300 }, (_, i) => new Named(i))
  const passing: Named[] = []
  for (const member of staying) {
    roll.add(member)
    const other = new Named(-1)
    roll.add(other)
    passing.push(other)
  }
  const seen = new Set<number>()
  for (
    let round = 0, at = 0;
    round < 2;
    at = roll.part(at, 50, ({ name }) => seen.add(name)), round += at === 0 ? 1 : 0
  ) {
    const left = passing.shift()
    if (left) roll.remove(left)
    roll.add(new Named(-1))
  }
  for (const { name } of staying) t.ok(seen.has(name))
})
