/** First: fills each server up to its limit of sessions before it touches the next. */
import { isChoosable } from './choosable.js'
import { type Candidates, NONE, type PolicyDefinition } from './policy.js'

function firstChoosable(candidates: Candidates, tried: readonly number[]): number {
  for (let position = 0; position < candidates.size; position++) {
    if (isChoosable(candidates, position, tried)) return position
  }
  return NONE
}

export const first: PolicyDefinition = {
  name: 'first',
  summary: 'the first server, in config order, that is below its limit of sessions',
  algo: 'first',
  keyed: false,
  levels: false,
  tabled: false,
  create: (candidates) => ({ choose: (_key, tried) => firstChoosable(candidates, tried) }),
}
