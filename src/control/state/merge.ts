/**
 * Which runtime changes stand under another config: an edited config beats a stale state where the edit touched that
 * value. Three-way for each value: what the config said when it was set, what the config says now, and the value.
 *
 * How a reload calls it:
 *
 *     const merged = mergeState(keeper.entries, next)
 *     // change the registry into standingConfig(next, merged.kept): the config with the changes that stand; what a
 *     // config has no word for (admin states) stays as it is
 *     keeper.rebase(next, merged)   // after the registry has taken it over, and only then
 *
 * A start does the same with what the state file held. Nothing here touches anything: the same input, the same answer.
 */
import { type ChangeKind, settingOf } from '../settings/list.js'
import { withServer } from '../settings/presence-setting.js'
import type { Declaration } from '../settings/setting.js'
import { isSameValue, type Value } from '../settings/value.js'
import type { StateEntry } from './entry.js'

/** Why a change stands no more. */
export type DropReason =
  /** The config says something else of it than when it was set. */
  | 'config-edited'
  /** The config has no such server, backend or frontend any more. */
  | 'gone'

export interface DroppedEntry {
  readonly entry: StateEntry
  readonly why: DropReason
}

export interface MergedState {
  /** In the order in which they must be applied: servers before what is set of them. */
  readonly kept: readonly StateEntry[]
  readonly dropped: readonly DroppedEntry[]
}

export function mergeState(entries: readonly StateEntry[], next: Declaration): MergedState {
  const kept: StateEntry[] = []
  const dropped: DroppedEntry[] = []
  const take = (entry: StateEntry, config: Declaration) => {
    const now = settingOf(entry.kind).configured(config, entry.target)
    // a value that is what the config says is no change
    if (isSameValue(entry.value, now)) return
    if (now === undefined) dropped.push({ entry, why: 'gone' })
    else if (isSameValue(entry.configured, now)) kept.push(entry)
    else dropped.push({ entry, why: 'config-edited' })
  }
  for (const entry of entries) if (entry.kind === 'server') take(entry, next)
  const standing = standingConfig(next, kept)
  for (const entry of entries) if (entry.kind !== 'server') take(entry, standing)
  return { kept, dropped }
}

/** The config with the servers that were added and without those that were removed at run time. */
export function standingConfig<T extends Declaration>(config: T, kept: readonly StateEntry[]): T {
  return kept
    .filter(({ kind }) => kind === 'server')
    .reduce((standing, { target, value }) => withServer(standing, target, value), config)
}

/** The value that is to be in force; undefined when there is no such target. */
export function valueUnder(
  config: Declaration,
  kept: readonly StateEntry[],
  kind: ChangeKind,
  target: string,
): Value | undefined {
  const entry = kept.find((one) => one.kind === kind && one.target === target)
  return entry ? entry.value : settingOf(kind).configured(standingConfig(config, kept), target)
}
