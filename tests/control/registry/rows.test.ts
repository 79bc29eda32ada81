import t from 'tap'
import { Rows } from '../../../src/control/registry/rows.js'

t.test('the lowest free row comes first', async (t) => {
  const rows = new Rows(3, () => {})
  rows.claim(1)
  t.equal(rows.take(), 0)
  t.equal(rows.take(), 2)
  t.equal(rows.take(), undefined)
  rows.giveBack(2)
  t.equal(rows.take(), 2)
})

t.test('a retired row comes again when it is quiet, and cleared', async (t) => {
  const cleared: number[] = []
  const rows = new Rows(1, (row) => cleared.push(row))
  t.equal(rows.take(), 0)
  let live = 1
  rows.retire(0, () => live === 0)
  t.equal(rows.take(), undefined, 'a session still counts in it')
  live = 0
  t.equal(rows.take(), 0)
  t.same(cleared, [0])
  t.equal(rows.take(), undefined, 'it is taken as ever')
})
