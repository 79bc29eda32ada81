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
