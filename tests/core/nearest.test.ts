import fc from 'fast-check'
import t from 'tap'
import { editDistance, nearest } from '../../src/core/nearest.js'

t.test('names the word a person meant', async (t) => {
  const known = ['interval', 'timeout', 'rise', 'fall']
  t.equal(nearest('intervall', known), 'interval')
  t.equal(nearest('tiemout', known), 'timeout', 'swapped neighbours are one mistake')
  t.equal(nearest('Rise', known), 'rise', 'case does not matter')
  t.equal(nearest('port', known), undefined, 'nothing is near')
  t.equal(nearest('', known), undefined)
  t.equal(nearest('replicas/r1x', ['replicas/r2', 'replicas/r1']), 'replicas/r1')
  t.equal(nearest('r3', ['r1', 'r2']), 'r1', 'of equally near words the first')
  t.equal(nearest('x', ['y', 'z']), undefined, 'a word that shares nothing is not near')
})

t.test('the distance is a distance', async () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b)
      return (
        distance === editDistance(b, a) &&
        (distance === 0) === (a === b) &&
        distance <= Math.max(a.length, b.length) &&
        distance >= Math.abs(a.length - b.length)
      )
    }),
  )
})
