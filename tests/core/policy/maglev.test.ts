import fc from 'fast-check'
import t from 'tap'
import { serverIdentity } from '../../../src/core/candidates.js'
import { maglev } from '../../../src/core/policy/maglev.js'
import { buildTable, type TableMember } from '../../../src/core/policy/maglev-table.js'
import { NO_ENTRY, TABLE_SIZE } from '../../../src/core/scoreboard/layout.js'
import { HEALTH_CODE } from '../../../src/core/server-state.js'
import { keyOf, serversOf, TestBackend } from '../test-backend.js'
import { sum, unfairCounts } from './shares.js'

const membersOf = (weights: readonly number[]): TableMember[] =>
  serversOf(weights).map(({ name, weight = 1 }) => ({ identity: serverIdentity(name), weight }))

function entriesOf(table: Uint16Array, size: number): number[] {
  const entries = new Array<number>(size).fill(0)
  for (const position of table) entries[position] = (entries[position] ?? 0) + 1
  return entries
}

const weights = fc.array(fc.integer({ min: 0, max: 256 }), { minLength: 1, maxLength: 50 })

t.test('every entry is filled and every server has its share of them, within two entries', (t) => {
  fc.assert(
    fc.property(
      weights.filter((list) => sum(list) > 0),
      (list) => {
        const entries = entriesOf(buildTable(membersOf(list)), list.length)
        return entries.every((count, position) => {
          const weight = list[position] ?? 0
          return weight === 0 ? count === 0 : Math.abs(count - (TABLE_SIZE * weight) / sum(list)) <= 2
        })
      },
    ),
    { numRuns: 40, seed: 1 },
  )
  t.end()
})

t.test('1,000 servers of weights from 1 to 256 all have entries', (t) => {
  const entries = entriesOf(buildTable(membersOf(Array.from({ length: 1_000 }, (_, i) => 1 + (i % 256)))), 1_000)
  t.equal(sum(entries), TABLE_SIZE)
  t.ok(Math.min(...entries) >= 1)
  t.end()
})

t.test('each entry belongs to the same server in whatever order they are given', (t) => {
  const members = membersOf([10, 200, 3, 3, 3, 0, 77])
  const backwards = [...members].reverse()
  const other = buildTable(backwards)
  t.ok(buildTable(members).every((position, entry) => members[position] === backwards[other[entry] ?? NO_ENTRY]))
  t.end()
})

t.test('a table without weighted servers names none', (t) => {
  for (const members of [[], membersOf([0, 0])]) t.ok(buildTable(members).every((entry) => entry === NO_ENTRY))
  t.end()
})

t.test('two servers of one identity still share the table', (t) => {
  const [twin] = membersOf([5])
  if (!twin) throw new Error('no member')
  t.same(entriesOf(buildTable([twin, twin]), 2), [32_769, 32_768])
  t.end()
})

t.test('entries of servers that are no more are stepped over', (t) => {
  const backend = new TestBackend(serversOf([1, 1]))
  backend.setTable(buildTable(membersOf([1, 1, 1, 1, 1])))
  const policy = backend.policy(maglev)
  const chosen = new Set(Array.from({ length: 500 }, (_, client) => policy.choose(keyOf(client), [])))
  t.same([...chosen].sort(), [0, 1])
  t.end()
})

t.test('slow start and lag do not move clients: only the configured weight counts', (t) => {
  const backend = new TestBackend(serversOf([50, 50, 50]))
  const policy = backend.policy(maglev)
  const choices = () => Array.from({ length: 1_000 }, (_, client) => policy.choose(keyOf(client), []))
  const before = choices()
  backend.set(1, 'effectiveWeight', 1)
  t.same(choices(), before)
  t.end()
})

t.test('clients of a server that is down go where the table says, also while others start slowly', (t) => {
  const backend = new TestBackend(serversOf([50, 50, 50]))
  const policy = backend.policy(maglev)
  backend.set(0, 'health', HEALTH_CODE.down)
  backend.set(1, 'effectiveWeight', 1)
  const chosen = Array.from({ length: 10_000 }, (_, client) => policy.choose(keyOf(client), []))
  const counts = backend.positions.map((position) => chosen.filter((each) => each === position).length)
  t.same(unfairCounts(counts, [0, 50, 50]), [])
  t.end()
})
