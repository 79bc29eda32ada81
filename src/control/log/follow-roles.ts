/** What becomes of roles, and of sessions by them, becomes lines. */
import type { Endings } from '../endings/endings.js'
import type { Failovers } from '../roles/failovers.js'
import type { Roles } from '../roles/roles.js'
import type { Log } from './log.js'

export function logRoles(log: Log, roles: Roles, endings: Endings, failovers: Failovers): void {
  roles.on('role', (server, was, is) => log.roleShown(server, was, is))
  roles.on('split-brain', (backend, rivals) => {
    if (rivals.length > 0) log.splitBrain(backend, rivals, backend.primary)
    else log.splitBrainOver(backend)
  })
  roles.on('lagging', (server, is, words) => log.lagging(server, is, words))
  endings.on('killed', (server, reason, sessions) => log.sessionsKilled(server, reason, sessions))
  failovers.on('lost', (backend, former) => log.primaryLost(backend, former))
  failovers.on('moved', (move) => log.primaryMoved(move))
}
