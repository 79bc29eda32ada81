/** Whatever operators do, the state says what differs from the config, and a reset ends it. */
import fc from 'fast-check'
import t from 'tap'
import type { Config } from '../../../src/config/config.js'
import { Audit } from '../../../src/control/audit/audit.js'
import { undo } from '../../../src/control/audit/undo.js'
import { type ChangeKind, SETTINGS, settingOf } from '../../../src/control/settings/list.js'
import { isSameValue, type Value } from '../../../src/control/settings/value.js'
import { StateKeeper } from '../../../src/control/state/keeper.js'
import { mergeState, standingConfig } from '../../../src/control/state/merge.js'
import { reset } from '../../../src/control/state/settle.js'
import { configOf, SECTIONS, type Steered, steered } from './steered.js'

type Deed =
  | { readonly kind: ChangeKind; readonly target: string; readonly value: Value }
  | { readonly kind: 'undo'; readonly back: number }
  | { readonly kind: 'reset' }

const set = (kind: ChangeKind, value: fc.Arbitrary<Value>): fc.Arbitrary<Deed> =>
  fc.record({ kind: fc.constant(kind), target: fc.constantFrom('db/r2', 'canary/c1', 'db/new'), value })

const server = fc.record({
  address: fc.constantFrom('127.0.0.1:7002', '10.0.0.9:1'),
  weight: fc.constantFrom(1, 50),
  maxSessions: fc.constantFrom(0, 9),
})
const begun = fc.tuple(server, fc.boolean()).map(([it, isInMaint]) => (isInMaint ? { ...it, admin: 'maint' } : it))

const deeds: fc.Arbitrary<Deed[]> = fc.array(
  fc.oneof(
    { arbitrary: set('server', fc.oneof(fc.constant(null), begun)), weight: 4 },
    set('admin', fc.constantFrom('ready', 'drain', 'maint')),
    set('weight', fc.constantFrom(1, 50, 100)),
    set('server-limit', fc.constantFrom(0, 9)),
    set('address', fc.constantFrom('127.0.0.1:7002', '10.0.0.9:1')),
    set('checked', fc.constantFrom('on', 'off')),
    { arbitrary: fc.record({ kind: fc.constant('undo' as const), back: fc.nat({ max: 4 }) }), weight: 3 },
    fc.constant({ kind: 'reset' as const }),
  ),
  { maxLength: 14 },
)

function begin(config: Config) {
  const steerable = steered(config)
  const audit = new Audit(steerable.registry)
  const keeper = new StateKeeper({ path: undefined, config, entries: [], audit })
  const run = async (deed: Deed) => {
    if (deed.kind === 'reset') await reset(steerable, keeper.entries, 'bob')
    else if (deed.kind === 'undo') await undo(audit, steerable, audit.last - deed.back, 'bob')
    else if (!isRefused(steerable, deed)) await settingOf(deed.kind).apply(steerable, deed.target, deed.value, 'alice')
  }
  return { steerable, keeper, run }
}

/** A server of that name is there: `add server` goes no further then. */
function isRefused({ registry }: Steered, { kind, target, value }: Exclude<Deed, { kind: 'undo' | 'reset' }>): boolean {
  return kind === 'server' && value !== null && settingOf(kind).current(registry, target) !== null
}

/** What is in force, but not what servers are declared with: that shows in the rest. */
function inForce({ registry }: Steered, config: Config): unknown {
  return SETTINGS.filter(({ kind }) => kind !== 'server').map(({ kind, current, all }) => [
    kind,
    ['db/r1', 'db/r2', 'db/new', 'canary/c1', ...all(config).map(([target]) => target)].map(
      (target) => current(registry, target) ?? null,
    ),
  ])
}

const always = (holds: (config: Config, done: readonly Deed[]) => Promise<boolean>) =>
  fc.assert(
    fc.asyncProperty(deeds, async (done) => holds(await configOf(SECTIONS), done)),
    { numRuns: 300 },
  )

t.test('what is in force is what the config and the kept changes say', async () => {
  await always(async (config, done) => {
    const { steerable, keeper, run } = begin(config)
    for (const deed of done) await run(deed)
    const standing = standingConfig(config, keeper.entries)
    const isTrue = SETTINGS.filter(({ kind }) => kind !== 'server').every(({ kind, all, current }) =>
      all(standing).every(([target, configured]) => {
        const entry = keeper.entries.find((one) => one.kind === kind && one.target === target)
        if (entry && !isSameValue(entry.configured, configured)) return false
        return isSameValue(current(steerable.registry, target), entry ? entry.value : configured)
      }),
    )
    const { kept, dropped } = mergeState(keeper.entries, config)
    return isTrue && kept.length === keeper.entries.length && dropped.length === 0
  })
})

t.test('after a reset all is as the config says, and nothing is kept', async () => {
  await always(async (config, done) => {
    const { steerable, keeper, run } = begin(config)
    for (const deed of [...done, { kind: 'reset' } as const]) await run(deed)
    const untouched = begin(config).steerable
    return keeper.entries.length === 0 && isSame(inForce(steerable, config), inForce(untouched, config))
  })
})

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
