import fc from 'fast-check'
import t from 'tap'
import type { Config } from '../../../src/config/config.js'
import { type ChangeKind, SETTINGS, settingOf } from '../../../src/control/settings/list.js'
import { isSameValue, type Value } from '../../../src/control/settings/value.js'
import { formatState, parseState } from '../../../src/control/state/document.js'
import type { StateEntry } from '../../../src/control/state/entry.js'
import { mergeState, standingConfig, valueUnder } from '../../../src/control/state/merge.js'
import { configOf, configText } from '../../config/arbitrary-config.js'
import { SECTIONS } from './steered.js'

/** Values for each kind, few, so that they often are what the config says. */
const VALUES: Readonly<Record<ChangeKind, fc.Arbitrary<Value>>> = {
  server: fc.constantFrom<Value>(
    null,
    { address: '10.0.0.1:80', weight: 100, maxSessions: 0 },
    { address: '[::1]:80', weight: 1, maxSessions: 2 },
  ),
  address: fc.constantFrom('10.0.0.1:80', '[::1]:80'),
  admin: fc.constantFrom('ready', 'drain', 'maint'),
  weight: fc.constantFrom(0, 50, 100),
  'server-limit': fc.nat({ max: 3 }),
  checked: fc.constantFrom('on', 'off'),
  'probe-at': fc.constantFrom<Value>(null, { port: 9 }, { host: '::1', port: 9 }),
  'agent-on': fc.constantFrom('on', 'off'),
  'agent-at': fc.constantFrom<Value>(null, { port: 9 }, { host: '::1', port: 9, send: 'a b' }),
  split: fc.record({ a: fc.nat({ max: 3 }), b: fc.constantFrom(1, 2) }),
  pause: fc.constantFrom('none', '20s'),
  frontend: fc.constantFrom('enabled', 'disabled'),
  'frontend-limit': fc.nat({ max: 9 }),
  'global-limit': fc.nat({ max: 9 }),
}

interface Wish {
  readonly kind: ChangeKind
  /** Which of the targets. */
  readonly pick: number
  readonly value: Value
}

const wish: fc.Arbitrary<Wish> = fc
  .constantFrom(...SETTINGS.map(({ kind }) => kind))
  .chain((kind) => fc.record({ kind: fc.constant(kind), pick: fc.nat({ max: 9 }), value: VALUES[kind] }))
const wishes = fc.array(wish, { maxLength: 12 })

/** Changes as a keeper notes them over `config`: what the config says beside, one for each setting, servers first. */
function entriesOver(config: Config, wished: readonly Wish[]): readonly StateEntry[] {
  const entries = new Map<string, StateEntry>()
  const change = ({ kind, pick, value }: Wish, from: Config) => {
    const known = settingOf(kind)
      .all(from)
      .map(([target]) => target)
    const targets = kind === 'server' ? [...known, ...config.backends.map(({ name }) => `${name}/added`)] : known
    const target = targets[pick % targets.length] ?? ''
    const configured = settingOf(kind).configured(from, target)
    if (configured === undefined || isSameValue(configured, value)) return
    entries.set(`${kind} ${target}`, { kind, target, configured, value, by: 'alice', at: 1 })
  }
  for (const one of wished) if (one.kind === 'server') change(one, config)
  const standing = standingConfig(config, [...entries.values()])
  for (const one of wished) if (one.kind !== 'server') change(one, standing)
  return [...entries.values()]
}

type Holds = (config: Config, entries: readonly StateEntry[], next: Config) => boolean

/** For changes over one config, and another config that has much in common with it. */
function always(holds: Holds): Promise<void> {
  const property = fc.asyncProperty(configText, configText, wishes, async (one, other, wished) => {
    const [config, next] = [await configOf(one), await configOf(other)]
    return holds(config, entriesOver(config, wished), next)
  })
  return fc.assert(property, { numRuns: 200 }) as Promise<void> // it is one for asynchronous properties
}

t.test('under the same config every change stands', async () => {
  await always((config, entries) => {
    const { kept, dropped } = mergeState(entries, config)
    return kept.length === entries.length && dropped.length === 0
  })
})

t.test('three-way: the value stands where the config still says the same, else the config holds', async () => {
  await always((config, entries, next) => {
    const { kept } = mergeState(entries, next)
    const [before, after] = [standingConfig(config, entries), standingConfig(next, kept)]
    for (const { kind, target, value } of entries) {
      const { configured } = settingOf(kind)
      const base = configured(kind === 'server' ? config : before, target)
      const now = configured(kind === 'server' ? next : after, target)
      const wanted = now === undefined ? undefined : isSameValue(base, now) ? value : now
      if (!isSameValue(valueUnder(next, kept, kind, target), wanted)) return false
    }
    return true
  })
})

t.test('what nobody changed at run time is what the new config says', async () => {
  await always((_, entries, next) => {
    const { kept } = mergeState(entries, next)
    const standing = standingConfig(next, kept)
    return SETTINGS.every(({ kind, all }) =>
      all(standing).every(
        ([target, configured]) =>
          kept.some((entry) => entry.kind === kind && entry.target === target) ||
          isSameValue(valueUnder(next, kept, kind, target), configured),
      ),
    )
  })
})

t.test('merging twice changes nothing more, and every change is kept, dropped, or what the config says', async () => {
  await always((_, entries, next) => {
    const once = mergeState(entries, next)
    const twice = mergeState(once.kept, next)
    if (JSON.stringify(twice.kept) !== JSON.stringify(once.kept) || twice.dropped.length > 0) return false
    const told = new Set([...once.kept, ...once.dropped.map(({ entry }) => entry)])
    const standing = standingConfig(next, once.kept)
    return entries.every(
      (entry) =>
        told.has(entry) ||
        isSameValue(
          settingOf(entry.kind).configured(entry.kind === 'server' ? next : standing, entry.target),
          entry.value,
        ),
    )
  })
})

t.test('through the file every change comes back as it was', async () => {
  await always((_, entries) => {
    const { text, leftOut } = formatState(entries)
    const parsed = parseState(Buffer.from(text))
    return leftOut === 0 && parsed.ok && JSON.stringify(parsed.entries) === JSON.stringify(entries)
  })
})

t.test('an edit of one value leaves the changes of the others', async (t) => {
  const config = await configOf(SECTIONS)
  const entry = (kind: ChangeKind, target: string, value: Value): StateEntry => {
    const configured = settingOf(kind).configured(config, target)
    return { kind, target, configured: configured ?? null, value, by: 'alice', at: 1 }
  }
  const added = { address: '127.0.0.1:7009', weight: 7, maxSessions: 0 }
  const entries = [
    entry('weight', 'db/r2', 5),
    entry('server-limit', 'db/r2', 6),
    entry('admin', 'db/r2', 'drain'),
    entry('admin', 'canary/c1', 'maint'),
    entry('split', 'in', { db: 50, canary: 50 }),
    entry('server', 'db/r3', added),
    { ...entry('weight', 'db/r3', 9), configured: 7 },
    entry('server', 'db/r1', null),
  ]
  const told = (next: Config) => {
    const { kept, dropped } = mergeState(entries, next)
    return [
      kept.map(({ kind, target }) => `${kind} ${target}`),
      dropped.map(({ entry, why }) => `${entry.kind} ${entry.target} ${why}`),
    ]
  }
  const all = [
    'server db/r3',
    'server db/r1',
    'weight db/r2',
    'server-limit db/r2',
    'admin db/r2',
    'admin canary/c1',
    'split in',
    'weight db/r3',
  ]
  const without = (...some: string[]) => all.filter((name) => !some.includes(name))
  t.same(told(config), [all, []])
  const edit = async (from: string, to: string) => {
    if (!SECTIONS.includes(from)) throw new Error(`nothing to edit: ${from}`)
    return told(await configOf(SECTIONS.replace(from, to)))
  }
  t.same(await edit('weight = 50', 'weight = 60'), [without('weight db/r2'), ['weight db/r2 config-edited']])
  t.same(await edit('weight = 50', 'weight = 5'), [without('weight db/r2'), []], 'both say the same')
  t.same(await edit('canary = 10', 'canary = 11'), [without('split in'), ['split in config-edited']])
  t.same(await edit('{ db = 90, canary = 10 }', '"db"'), [without('split in'), ['split in gone']])
  t.same(await edit('127.0.0.1:7001', '127.0.0.1:7007'), [without('server db/r1'), ['server db/r1 config-edited']])
  t.same(await edit('"r1"', '"r3"'), [
    without('server db/r3', 'weight db/r3', 'server db/r1'),
    ['server db/r3 config-edited', 'weight db/r3 config-edited'],
  ])
  t.same(await edit('"c1"', '"c2"'), [without('admin canary/c1'), ['admin canary/c1 gone']])
})
