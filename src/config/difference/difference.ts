/**
 * What changed from one config to another, change by change: what a reload tells, and what it applies. Frontends and
 * backends are told apart by their names, servers by backend and name; the order of frontends and backends says nothing.
 * Values are compared; what is told is the text of the file where that names environment variables.
 */
import type { Config } from '../config.js'
import { type Described, describe, type Settings } from './described.js'
import { isTable, type Written, type WrittenTable } from './written-table.js'

export const NAMED_NOUNS = ['frontend', 'backend', 'server'] as const
export type NamedNoun = (typeof NAMED_NOUNS)[number]

/** A frontend, backend or server that only one of the two configs has; of a backend its servers follow one by one. */
export interface Presence {
  readonly change: 'added' | 'removed'
  readonly noun: NamedNoun
  /** Of a server `backend/server`. */
  readonly name: string
  /** As the file writes them, defaults filled in. */
  readonly settings: WrittenTable
}

/** One key with another value. `from` and `to` are equal where only the value of a variable that both name is another. */
export type KeyChange = {
  readonly change: 'changed'
  /** As the file names it within its table, e.g. `check.interval`. */
  readonly key: string
  /** Undefined (absent in JSON): the key had no value. */
  readonly from: Written
  /** Undefined (absent in JSON): the key has no value any more. */
  readonly to: Written
} & (
  | { readonly noun: NamedNoun; readonly name: string }
  /** `takes` says when it holds: some keys of `[runtime]` are read at start only. */
  | { readonly noun: 'runtime'; readonly takes: 'reload' | 'restart' }
)

export type Change = Presence | KeyChange

/** Plain data: `JSON.stringify` is its form for programs. */
export type Difference = readonly Change[]

/** Keys of `[runtime]` that a running daemon takes over; every other one is read at start. */
export const LIVE_RUNTIME_KEYS: readonly string[] = [
  'max_sessions',
  'stop_timeout',
  'upgrade_deadline',
  'log.level',
  'log.sessions',
]

/** Runtime first, then frontends, then backends with their servers; each in the order of its file, removed ones last. */
export function difference(from: Config, to: Config): Difference {
  const [was, is] = [describe(from), describe(to)]
  return [
    ...changedRuntime(was.runtime, is.runtime),
    ...changesOf('frontend', was.frontends, is.frontends),
    ...changesOf('backend', was.backends, is.backends),
  ]
}

function changedRuntime(from: Settings, to: Settings): Change[] {
  return changedKeys(from, to).map((change) => ({
    change: 'changed',
    noun: 'runtime',
    takes: LIVE_RUNTIME_KEYS.includes(change.key) ? 'reload' : 'restart',
    ...change,
  }))
}

function changedServers(backend: string, from: readonly Described[], to: readonly Described[]): Change[] {
  return [...changedOrder(backend, from, to), ...changesOf('server', from, to, `${backend}/`)]
}

const nameOf = ({ name }: Described) => name

/** The order of the servers that both have: the policy "first" goes by it, and people read it. */
function changedOrder(backend: string, before: readonly Described[], after: readonly Described[]): Change[] {
  const common = (these: readonly Described[], those: readonly Described[]) => {
    const names = new Set(those.map(nameOf))
    return these.map(nameOf).filter((name) => names.has(name))
  }
  const [from, to] = [common(before, after), common(after, before)]
  if (isSame(from, to)) return []
  return [{ change: 'changed', noun: 'backend', name: backend, key: 'servers', from, to }]
}

/** @param prefix of the names that are told */
function changesOf(noun: NamedNoun, from: readonly Described[], to: readonly Described[], prefix = ''): Change[] {
  const before = new Map(from.map((one) => [one.name, one]))
  const after = new Set(to.map(nameOf))
  const presence = (change: Presence['change'], one: Described): Change => ({
    change,
    noun,
    name: `${prefix}${one.name}`,
    settings: one.settings.told,
  })
  const kept = to.flatMap((one): Change[] => {
    const old = before.get(one.name)
    const changes = old ? changedIn(noun, `${prefix}${one.name}`, old, one) : [presence('added', one)]
    return [...changes, ...changedServers(one.name, old?.servers ?? [], one.servers)]
  })
  const removed = from
    .filter(({ name }) => !after.has(name))
    .flatMap((one) => [presence('removed', one), ...changedServers(one.name, one.servers, [])])
  return [...kept, ...removed]
}

function changedIn(noun: NamedNoun, name: string, old: Described, one: Described): Change[] {
  return changedKeys(old.settings, one.settings).map((change) => ({ change: 'changed', noun, name, ...change }))
}

type KeyValues = Pick<KeyChange, 'key' | 'from' | 'to'>

/** Tables on both sides are looked into; anything else changed as a whole. */
function changedKeys(from: Settings, to: Settings, prefix = ''): KeyValues[] {
  const keys = new Set([...Object.keys(from.values), ...Object.keys(to.values)])
  return [...keys].flatMap((name) => {
    if (isSame(from.values[name], to.values[name])) return []
    const [was, is] = [tablesIn(from, name), tablesIn(to, name)]
    const key = `${prefix}${name}`
    return was && is ? changedKeys(was, is, `${key}.`) : [{ key, from: from.told[name], to: to.told[name] }]
  })
}

function tablesIn({ values, told }: Settings, key: string): Settings | undefined {
  const [value, text] = [values[key], told[key]]
  return isTable(value) && isTable(text) ? { values: value, told: text } : undefined
}

function isSame(one: Written, other: Written): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
