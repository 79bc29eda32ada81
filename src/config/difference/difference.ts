/**
 * What changed from one config to another, change by change: what a reload tells, and what it applies. Frontends and
 * backends are told apart by their names, servers by backend and name; the order of frontends and backends says nothing.
 */
import type { Backend, Config } from '../config.js'
import { backendKeys, frontendKeys, runtimeKeys, serverKeys } from './written.js'
import type { Written, WrittenTable } from './written-table.js'

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

/** One key with another value. */
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
  return [
    ...changedRuntime(from, to),
    ...changesOf('frontend', from.frontends, to.frontends, { name: nameOf, keys: frontendKeys }),
    ...changesOf('backend', from.backends, to.backends, { name: nameOf, keys: backendKeys, within: changedServers }),
  ]
}

function changedRuntime(from: Config, to: Config): Change[] {
  return changedKeys(runtimeKeys(from.runtime), runtimeKeys(to.runtime)).map((change) => ({
    change: 'changed',
    noun: 'runtime',
    takes: LIVE_RUNTIME_KEYS.includes(change.key) ? 'reload' : 'restart',
    ...change,
  }))
}

function changedServers(from: Backend | undefined, to: Backend | undefined): Change[] {
  const backend = (to ?? from)?.name ?? ''
  const [before, after] = [from?.servers ?? [], to?.servers ?? []]
  const name = (server: { readonly name: string }) => `${backend}/${server.name}`
  return [...changedOrder(backend, before, after), ...changesOf('server', before, after, { name, keys: serverKeys })]
}

type Named = { readonly name: string }
const nameOf = ({ name }: Named) => name

/** The order of the servers that both have: the policy "first" goes by it, and people read it. */
function changedOrder(backend: string, before: readonly Named[], after: readonly Named[]): Change[] {
  const common = (these: readonly Named[], those: readonly Named[]) => {
    const names = new Set(those.map(nameOf))
    return these.map(nameOf).filter((name) => names.has(name))
  }
  const [from, to] = [common(before, after), common(after, before)]
  if (isSame(from, to)) return []
  return [{ change: 'changed', noun: 'backend', name: backend, key: 'servers', from, to }]
}

interface Kind<T> {
  name(one: T): string
  keys(one: T): WrittenTable
  /** What lies within; one of the two may be missing. */
  within?(from: T | undefined, to: T | undefined): Change[]
}

function changesOf<T extends Named>(noun: NamedNoun, from: readonly T[], to: readonly T[], kind: Kind<T>): Change[] {
  const before = new Map(from.map((one) => [one.name, one]))
  const after = new Set(to.map(nameOf))
  const presence = (change: Presence['change'], one: T): Change => ({
    change,
    noun,
    name: kind.name(one),
    settings: kind.keys(one),
  })
  const kept = to.flatMap((one): Change[] => {
    const old = before.get(one.name)
    const changes: readonly Change[] = old ? changedIn(noun, old, one, kind) : [presence('added', one)]
    return [...changes, ...(kind.within?.(old, one) ?? [])]
  })
  const removed = from
    .filter(({ name }) => !after.has(name))
    .flatMap((one) => [presence('removed', one), ...(kind.within?.(one, undefined) ?? [])])
  return [...kept, ...removed]
}

function changedIn<T extends Named>(noun: NamedNoun, old: T, one: T, { name, keys }: Kind<T>): Change[] {
  return changedKeys(keys(old), keys(one)).map((change) => ({ change: 'changed', noun, name: name(one), ...change }))
}

type KeyValues = Pick<KeyChange, 'key' | 'from' | 'to'>

/** Tables on both sides are looked into; anything else changed as a whole. */
function changedKeys(from: WrittenTable, to: WrittenTable, prefix = ''): KeyValues[] {
  const keys = new Set([...Object.keys(from), ...Object.keys(to)])
  return [...keys].flatMap((name) => {
    const [was, is] = [from[name], to[name]]
    const key = `${prefix}${name}`
    if (isTable(was) && isTable(is)) return changedKeys(was, is, `${key}.`)
    return isSame(was, is) ? [] : [{ key, from: was, to: is }]
  })
}

export function isTable(value: Written): value is WrittenTable {
  return typeof value === 'object' && !Array.isArray(value)
}

function isSame(one: Written, other: Written): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
