/** Why a server does not serve who asks for a role, in a few words. */
import { type AskedRole, bitsOf, LANES_OF } from '../../core/lane.js'
import type { Server } from '../registry/server.js'
import { lagWords } from './lag.js'

/** Undefined when it does. */
export function roleObstacle(server: Server, asked: AskedRole): string | undefined {
  const { barred, role, isLagging, lag = {}, check } = server
  if ((~barred & bitsOf(LANES_OF[asked])) !== 0) return undefined
  if (isLagging) return `${lagWords(lag)}: beyond max_lag`
  if (!role)
    return check?.last?.passed === false ? `its role is not known: ${check.last.words}` : 'its role is not known yet'
  if (role === asked && check?.last?.passed === false) return 'it serves nobody at present, and may be back as another'
  if (role === asked) return `it is not alone in saying that it is the ${role}`
  return `it is a ${role}: ${asked} is asked for`
}
