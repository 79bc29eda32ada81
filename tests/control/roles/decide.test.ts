import fc from 'fast-check'
import t from 'tap'
import { ON_ALL_LAGGING, ON_SPLIT_BRAIN } from '../../../src/config/schema/roles.js'
import { decide, type Member } from '../../../src/control/roles/decide.js'
import { LANE_BIT, type Lane } from '../../../src/core/lane.js'

const RULES = { onAllLagging: 'least-lagged', onSplitBrain: 'refuse' } as const

const base: Member = {
  isUp: true,
  serves: true,
  isFresh: true,
  isRefusing: false,
  role: undefined,
  probedAt: 100,
  primarySince: 0,
  timeline: undefined,
  isLagging: false,
  behind: 0,
}
const primary: Member = { ...base, role: 'primary', primarySince: 10 }
const replica: Member = { ...base, role: 'replica' }
const lagging = (behind: number): Member => ({ ...replica, isLagging: true, behind })

function serving(lane: Lane, members: readonly Member[], rules: Parameters<typeof decide>[1] = RULES) {
  const { barred } = decide(members, rules)
  return members.flatMap((_, i) => (((barred[i] ?? 0) & LANE_BIT[lane]) === 0 ? [i] : []))
}

t.test('one primary and its replicas have a lane each, and all of them serve who asks for no role', async (t) => {
  const members = [primary, replica, replica]
  t.same(serving('primary', members), [0])
  t.same(serving('replica', members), [1, 2])
  t.same(serving('any', members), [0, 1, 2])
  t.match(decide(members, RULES), { primary: 0, rivals: [] })
})

t.test('a server that has not shown its role serves only who asks for none', async (t) => {
  t.same(serving('primary', [base, base]), [])
  t.same(serving('replica', [base, base]), [])
  t.same(serving('any', [base, base]), [0, 1])
})

t.test('a replica beyond max_lag takes nobody', async (t) => {
  t.same(serving('replica', [primary, replica, lagging(5)]), [1])
  t.same(serving('any', [primary, replica, lagging(5)]), [0, 1])
})

t.test('when every replica is beyond max_lag', async (t) => {
  const members = [primary, lagging(7), lagging(5)]
  const under = (onAllLagging: (typeof ON_ALL_LAGGING)[number]) =>
    serving('replica', members, { ...RULES, onAllLagging })
  t.same(under('least-lagged'), [2])
  t.same(under('primary'), [0])
  t.same(under('refuse'), [])
  t.same(serving('any', members), [0], 'the primary is there for who asks for no role')
})

t.test('a replica that could not serve anyhow does not count as one that is level', async (t) => {
  const drained = { ...replica, serves: false }
  t.same(serving('replica', [primary, drained, lagging(5)]), [1, 2])
})

t.test('a primary that refuses connections may come back as a replica', async (t) => {
  const refusing = { ...primary, isFresh: false, isRefusing: true }
  t.match(decide([refusing, replica], RULES), { primary: undefined, rivals: [] })
  t.same(serving('primary', [refusing, replica]), [])
})

t.test('all lagging: those that are hardly further behind than the least lagged serve, too', async (t) => {
  t.same(serving('replica', [primary, lagging(1.2), lagging(1.7), lagging(1.8)]), [1, 2])
  t.same(serving('replica', [primary, lagging(Number.POSITIVE_INFINITY), lagging(Number.POSITIVE_INFINITY)]), [1, 2])
})

t.test('two primaries', async (t) => {
  const older = { ...primary, timeline: 4 }
  const newer = { ...primary, timeline: 5 }
  t.match(decide([older, newer], RULES), { primary: undefined, rivals: [0, 1] })
  t.same(serving('primary', [older, newer]), [])
  const newest = { ...RULES, onSplitBrain: 'newest-timeline' } as const
  t.match(decide([older, newer, replica], newest), { primary: 1, rivals: [0, 1] })
  t.match(decide([newer, newer], newest), { primary: undefined }, 'of the same timeline: nobody knows')
  t.match(decide([primary, primary], newest), { primary: undefined }, 'of no timeline: nobody knows')
})

t.test('a former primary has no say once another one is the primary', async (t) => {
  const promoted = { ...primary, primarySince: 200, probedAt: 200 }
  const failing = { ...primary, isFresh: false }
  t.match(decide([failing, promoted], RULES), { primary: 1, rivals: [] }, 'its last probe failed')
  t.match(decide([primary, promoted], RULES), { primary: 1, rivals: [] }, 'it was asked before the other one claimed')
  t.match(decide([{ ...primary, probedAt: 201 }, promoted], RULES), { primary: undefined, rivals: [0, 1] })
  t.match(decide([{ ...promoted, isUp: false }, failing], RULES), { primary: 1 }, 'the one that is left keeps it')
  t.match(decide([failing, { ...promoted, isFresh: false }], RULES), { primary: 1, rivals: [] }, 'both fail just now')
})

const member: fc.Arbitrary<Member> = fc
  .record({
    isUp: fc.boolean(),
    isReady: fc.boolean(),
    isFresh: fc.boolean(),
    isRefusing: fc.boolean(),
    role: fc.constantFrom('primary', 'replica', undefined),
    probedAt: fc.nat(5),
    primarySince: fc.nat(5),
    timeline: fc.option(fc.nat(3), { nil: undefined }),
    isLagging: fc.boolean(),
    behind: fc.nat(9),
  })
  .map(({ isReady, ...one }) => ({
    ...one,
    serves: one.isUp && isReady,
    isLagging: one.isLagging && one.role === 'replica',
  }))
const rules = fc.record({
  onAllLagging: fc.constantFrom(...ON_ALL_LAGGING),
  onSplitBrain: fc.constantFrom(...ON_SPLIT_BRAIN),
})

t.test('whatever the probes say: one primary at most, which says so itself; no replica takes writes', async () => {
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), rules, (members, rules) => {
      const writers = serving('primary', members, rules)
      if (writers.length > 1) return false
      return writers.every((i) => members[i]?.role === 'primary' && members[i]?.isUp)
    }),
  )
})

t.test('whatever the probes say: who reads is served while a replica could serve, unless told to refuse', async () => {
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), rules, (members, rules) => {
      const readers = serving('replica', members, rules).filter((i) => members[i]?.serves)
      const level = members.some((one) => one.serves && one.role === 'replica' && !one.isLagging)
      const any = members.some((one) => one.serves && one.role === 'replica')
      if (level)
        return readers.length > 0 && readers.every((i) => members[i]?.role === 'replica' && !members[i]?.isLagging)
      return !any || rules.onAllLagging !== 'least-lagged' || readers.length > 0
    }),
  )
})
