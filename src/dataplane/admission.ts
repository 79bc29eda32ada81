/** Whether one more session may begin: the frontend's limit and the limit over all frontends. */
import type { WorkerColumn } from '../core/scoreboard/column.js'

export type Admission = 'admitted' | 'frontend-limit' | 'global-limit'

/** Counts the session in, or leaves no trace of it but the refusal. Adding first keeps the limit true across workers. */
export function admit(column: WorkerColumn, frontend: number): Admission {
  column.countFrontend(frontend, 'accepted')
  const live = column.enterFrontend(frontend)
  const all = column.enterAll()
  const { board } = column
  const max = board.frontendMaxSessions(frontend)
  if (max > 0 && live > max) {
    discharge(column, frontend)
    column.countFrontend(frontend, 'refusedFrontendLimit')
    return 'frontend-limit'
  }
  if (board.maxSessions > 0 && all > board.maxSessions) {
    discharge(column, frontend)
    column.countFrontend(frontend, 'refusedGlobalLimit')
    return 'global-limit'
  }
  return 'admitted'
}

/** Counts an admitted session out. */
export function discharge(column: WorkerColumn, frontend: number): void {
  column.leaveFrontend(frontend)
  column.leaveAll()
}
