/** Brings a registry to what a config and the changes that stand over it say. */
import type { Registry } from '../registry/registry.js'
import { SETTINGS, settingOf } from '../settings/list.js'
import { BY_CONFIG, type Declaration, type Steerable } from '../settings/setting.js'
import { entryKey, type StateEntry } from './entry.js'
import { standingConfig } from './merge.js'

/**
 * For a reload, after the topology has taken standingConfig(config, kept) and the keeper was rebased: gives every setting
 * its value. What has it already is not touched.
 */
export async function settle(steerable: Steerable, config: Declaration, kept: readonly StateEntry[]): Promise<void> {
  const entries = new Map(kept.map((entry) => [entryKey(entry), entry]))
  const standing = standingConfig(config, kept)
  for (const { kind, all, apply } of SETTINGS) {
    // who is there is the topology's part
    if (kind === 'server') continue
    for (const [target, configured] of all(standing)) {
      const entry = entries.get(entryKey({ kind, target }))
      if (entry) await apply(steerable, target, entry.value, restoredWords(entry))
      else await apply(steerable, target, configured, BY_CONFIG)
    }
  }
}

/** Workers that do not run yet need not be told. */
const UNTOLD: Steerable['topology'] = { change: async () => {}, configure: async () => {} }

/** For the start: a registry that was built from standingConfig(config, kept) gets the values of `kept`. */
export async function restore(registry: Registry, kept: readonly StateEntry[]): Promise<void> {
  for (const entry of kept) {
    const { kind, target, value } = entry
    if (kind === 'server') continue
    await settingOf(kind).apply({ registry, topology: UNTOLD }, target, value, restoredWords(entry))
  }
}

/** Who it was is kept over any number of restarts. */
function restoredWords({ by, at }: StateEntry): string {
  return `${by} at ${new Date(at).toISOString()}, from the state file`
}

export interface ResetState {
  readonly done: readonly StateEntry[]
  /** What could not be changed back, and why, in words. */
  readonly failed: readonly { readonly entry: StateEntry; readonly why: string }[]
}

/** Brings every setting back to what the config says. What cannot be (a port was taken meanwhile) stays as it is. */
export async function reset(steerable: Steerable, entries: readonly StateEntry[], by: string): Promise<ResetState> {
  // what was set of a server before the server
  const ordered = [...entries].sort((a, b) => Number(a.kind === 'server') - Number(b.kind === 'server'))
  const done: StateEntry[] = []
  const failed: { entry: StateEntry; why: string }[] = []
  for (const entry of ordered) {
    const { apply } = settingOf(entry.kind)
    try {
      await apply(steerable, entry.target, entry.configured, by)
      done.push(entry)
    } catch (error) {
      failed.push({ entry, why: error instanceof Error ? error.message : String(error) })
    }
  }
  return { done, failed }
}
