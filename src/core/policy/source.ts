/** Source: a client keeps its server for as long as that server is eligible. */
import type { PolicyDefinition } from './policy.js'
import { highestScore } from './rendezvous.js'

export const source: PolicyDefinition = {
  name: 'source',
  summary: 'the same server for the same client, by weighted consistent hash',
  algo: 'source',
  keyed: true,
  levels: false,
  tabled: false,
  create: (candidates) => ({ choose: (key, tried) => highestScore(candidates, key, tried) }),
}
