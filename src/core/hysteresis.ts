/**
 * Rise and fall as HAProxy counts them (`check_health` in `show stat`): a health from 0 to rise + fall - 1, up from
 * `rise` on. A server starts at `rise`: up, but its first failed probe takes it down, so a dead server is not trusted.
 * Both counts are of probes in a row: one pass forgets the failures of a server that is up, and the other way round.
 */
export interface Hysteresis {
  readonly rise: number
  readonly fall: number
  readonly health: number
}

export function startHysteresis(rise: number, fall: number): Hysteresis {
  return { rise, fall, health: rise }
}

export function isUp(state: Hysteresis): boolean {
  return state.health >= state.rise
}

/** Between its two resting places: the check may run faster until it is known which way the server goes. */
export function isInTransition({ rise, fall, health }: Hysteresis): boolean {
  return health !== 0 && health !== rise + fall - 1
}

export function afterProbe(state: Hysteresis, passed: boolean): Hysteresis {
  const top = state.rise + state.fall - 1
  const health = passed ? afterPass(state, top) : afterFailure(state)
  return { ...state, health }
}

function afterPass({ rise, health }: Hysteresis, top: number): number {
  return health + 1 >= rise ? top : health + 1
}

function afterFailure({ rise, health }: Hysteresis): number {
  return health > rise ? health - 1 : 0
}
