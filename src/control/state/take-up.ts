/** At the start: what was changed at run time before, and what of it stands under the config of today. */
import type { Config } from '../../config/config.js'
import type { Log } from '../log/log.js'
import type { KeeperOptions } from './keeper.js'
import { type MergedState, mergeState } from './merge.js'
import { openState, putAside, stateFile } from './open.js'

export interface TakenState extends Required<Pick<KeeperOptions, 'path' | 'entries' | 'isBehind'>> {
  readonly merged: MergedState
  /**
   * The file is ours: what could not be used of it is moved aside, and the log says so. Not before, since a start that
   * finds another headgate running must leave that one's file where it is. Never rejects.
   */
  own(): Promise<void>
}

/** Never rejects. */
export async function takeUpState(config: Config, env: NodeJS.ProcessEnv, log: Log): Promise<TakenState> {
  const path = stateFile(config.runtime, env)
  const { entries, problems } = path === undefined ? { entries: [], problems: [] } : await openState(path)
  const merged = mergeState(entries, config)
  if (path !== undefined && merged.kept.length > 0) log.stateRestored(path, merged.kept)
  const own = async () => {
    if (path === undefined || problems.length === 0) return
    const { problems: all, aside } = await putAside(path, problems, Date.now())
    log.stateUnusable(path, all, aside)
  }
  return { path, entries, isBehind: problems.length > 0, merged, own }
}
