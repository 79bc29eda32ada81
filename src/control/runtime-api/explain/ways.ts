/** The backends that a frontend's sessions go to, each with its share of them. */
import { type AskedRole, bitsOf, LANES_OF } from '../../../core/lane.js'
import { isEligible } from '../../../core/server-state.js'
import type { Backend } from '../../registry/backend.js'
import type { Frontend } from '../../registry/frontend.js'
import type { ClientAddress } from './client-address.js'
import type { Way } from './document.js'
import { wayThrough } from './way.js'

/** @param now Unix time, ms */
export function waysOf(frontend: Frontend, client: ClientAddress, now: number): Way[] {
  const { role } = frontend.settings
  // the share of a backend without a server for a session goes to the others
  const open = frontend.routes.map((route) => (canTake(route.backend, role) ? frontend.weightOf(route) : 0))
  const weights = open.some((weight) => weight > 0) ? open : frontend.routes.map((route) => frontend.weightOf(route))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return frontend.routes.map(({ backend }, i) => {
    const share = total === 0 ? 0 : (weights[i] ?? 0) / total
    return wayThrough(backend, role, share, client, now)
  })
}

function canTake({ board, servers, pause }: Backend, role: AskedRole): boolean {
  const lanes = bitsOf(LANES_OF[role])
  return pause?.state !== 'paused' && servers.some(({ slot }) => isEligible(board, slot, lanes))
}
