/** At the start: what was changed at run time before, and what of it stands under the config of today. */
import type { Config } from '../../config/config.js'
import type { Log } from '../log/log.js'
import type { KeeperOptions } from './keeper.js'
import { type MergedState, mergeState } from './merge.js'
import { openState, stateFile } from './open.js'

export interface TakenState extends Required<Pick<KeeperOptions, 'path' | 'entries' | 'isBehind'>> {
  readonly merged: MergedState
}

/** Never rejects: a state file that cannot be used is moved aside, and the log says so. */
export async function takeUpState(config: Config, env: NodeJS.ProcessEnv, log: Log): Promise<TakenState> {
  const path = stateFile(config.runtime, env)
  const opened = path === undefined ? undefined : await openState(path, Date.now())
  const { entries = [], problems = [], aside } = opened ?? {}
  const merged = mergeState(entries, config)
  if (path !== undefined && problems.length > 0) log.stateUnusable(path, problems, aside)
  if (path !== undefined && merged.kept.length > 0) log.stateRestored(path, merged.kept)
  return { path, entries, isBehind: problems.length > 0, merged }
}
