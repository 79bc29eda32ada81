/** In an upgrade: what operators changed on the old process while this one started. */
import type { Declaration, Steerable } from '../settings/setting.js'
import { parseState } from './document.js'
import type { StateEntry } from './entry.js'
import { type FoundState, readState } from './file.js'
import type { StateKeeper } from './keeper.js'
import { mergeState, standingConfig } from './merge.js'
import { settle } from './settle.js'

/**
 * To be called when the old process takes no more changes and has written all, and before `keeper.begin()`.
 * @param told what the old process says of them, in the form of a state file: it may keep none, or another one. Older
 * versions say nothing.
 */
export async function catchUp(
  keeper: StateKeeper,
  steerable: Steerable,
  config: Declaration,
  told?: string,
): Promise<void> {
  const found = told === undefined ? await onDisk(keeper) : parseState(Buffer.from(told))
  if (found === 'none' || !found.ok) return
  const merged = mergeState(found.entries, config)
  if (isSame(merged.kept, keeper.entries)) return
  await steerable.topology.change(() => standingConfig(config, merged.kept))
  await settle(steerable, config, merged.kept)
  // last, so that it is kept who made each change, and not that it was made here once more
  keeper.rebase(config, merged)
}

async function onDisk({ path }: StateKeeper): Promise<FoundState> {
  return path === undefined ? 'none' : readState(path)
}

function isSame(some: readonly StateEntry[], others: readonly StateEntry[]): boolean {
  return JSON.stringify(some) === JSON.stringify(others)
}
