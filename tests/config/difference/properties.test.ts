/** What holds for the difference of any two configs. */
import fc from 'fast-check'
import t from 'tap'
import type { Config } from '../../../src/config/config.js'
import { type Change, difference } from '../../../src/config/difference/difference.js'
import { formatDifference } from '../../../src/config/difference/format.js'
import { configOf, configText } from '../arbitrary-config.js'

function always(holds: (from: Config, to: Config) => boolean): Promise<void> {
  const property = fc.asyncProperty(configText, configText, async (from, to) =>
    holds(await configOf(from), await configOf(to)),
  )
  return fc.assert(property, { numRuns: 150 })
}

/** Equal for configs that differ in nothing but the order of their frontends and backends. */
function content({ runtime, frontends, backends }: Config): string {
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)
  return JSON.stringify([runtime, frontends.toSorted(byName), backends.toSorted(byName)])
}

/** One change as seen from the other side. */
function reversed(change: Change): Change {
  if (change.change === 'changed') return { ...change, from: change.to, to: change.from }
  return { ...change, change: change.change === 'added' ? 'removed' : 'added' }
}

const asSet = (changes: readonly Change[]) => changes.map((change) => JSON.stringify(change)).sort()

t.test('of a config with itself it is empty', () => always((config) => difference(config, config).length === 0))

t.test('it is empty only where nothing differs', () =>
  always((from, to) => (difference(from, to).length === 0) === (content(from) === content(to))),
)

t.test('the other way round each change is reversed', () =>
  always((from, to) => {
    const there = asSet(difference(from, to).map(reversed))
    const back = asSet(difference(to, from))
    return JSON.stringify(there) === JSON.stringify(back)
  }),
)

t.test('every server of either config is kept, added or removed, and never twice', () =>
  always((from, to) => {
    const changes = difference(from, to)
    const named = (how: string) =>
      changes.flatMap((one) => (one.noun === 'server' && one.change === how ? [one.name] : []))
    const paths = ({ backends }: Config) =>
      backends.flatMap(({ name, servers }) => servers.map((server) => `${name}/${server.name}`))
    const [before, after] = [new Set(paths(from)), new Set(paths(to))]
    const added = [...after].filter((path) => !before.has(path))
    const removed = [...before].filter((path) => !after.has(path))
    return (
      String(named('added').sort()) === String(added.sort()) &&
      String(named('removed').sort()) === String(removed.sort())
    )
  }),
)

t.test('its text has a line for each change, and only words for people', () =>
  always((from, to) => {
    const changes = difference(from, to)
    const lines = formatDifference(changes).split('\n')
    const isGood = lines.every((line) => /^[+~-] \S.*\S$/.test(line) && !/undefined|\[object|null/.test(line))
    return changes.length === 0 || (lines.length === changes.length && isGood)
  }),
)
