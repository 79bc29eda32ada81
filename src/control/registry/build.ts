/** A typed config becomes a registry, its values stored on a fresh scoreboard. */
import type * as config from '../../config/config.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import { Plan } from './plan.js'
import { Registry } from './registry.js'

/** @param now Unix time in ms */
export function buildRegistry(config: config.Config, board: Scoreboard, now: number): Registry {
  board.maxSessions = config.runtime.maxSessions
  const registry = new Registry(board, [], [])
  registry.adopt(new Plan(registry, config, now))
  return registry
}
