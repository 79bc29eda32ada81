/** What a daemon is made of before anything runs: the engine with its memory and workers, and the registry over them. */
import { type Config, countConfig } from '../config/config.js'
import { chooseEngine } from './engine-choice.js'
import type { Log } from './log/log.js'
import { buildRegistry } from './registry/build.js'
import { capacityFor } from './registry/capacity.js'
import type { Registry } from './registry/registry.js'
import { StartError } from './start-error.js'
import { standingConfig } from './state/merge.js'
import { restore } from './state/settle.js'
import { type TakenState, takeUpState } from './state/take-up.js'
import { inheritedSockets } from './systemd/inherited-sockets.js'
import type { Predecessor } from './upgrade/predecessor.js'
import { createWorkers, workerCount } from './workers/create-workers.js'
import type { Workers } from './workers/workers.js'

export interface Prepared {
  readonly registry: Registry
  readonly workers: Workers
  readonly state: TakenState
}

/** Throws StartError. */
export async function prepare(config: Config, log: Log, predecessor: Predecessor | undefined): Promise<Prepared> {
  const { runtime } = config
  const { engine, fallback } = await chooseEngine(runtime.engine)
  if (fallback !== undefined) log.engineFellBack(engine, fallback)
  const state = await takeUpState(config, process.env, log)
  const standing = standingConfig(config, state.merged.kept)
  const capacity = capacityFor(countConfig(standing), workerCount(engine, runtime.workers))
  const handed = predecessor?.estate.sockets ?? (await inheritedSockets(process.env, config))
  if (handed.length > 0 && engine !== 'linux') {
    throw new StartError('only the linux engine can listen on sockets that somebody else has opened')
  }
  const { board, workers } = await createWorkers(engine, capacity, handed)
  const registry = buildRegistry(standing, board, Date.now())
  await restore(registry, state.merged.kept)
  return { registry, workers, state }
}
