/** The one change behind `set server … state`, `enable server` and `disable server`. */
import type { AdminState } from '../../../core/server-state.js'
import type { Server } from '../../registry/server.js'
import type { Call } from '../command.js'
import { done, type Success } from '../reply.js'

/** What `json` answers. */
export interface AdminChange {
  /** `<backend>/<server>` */
  readonly server: string
  readonly was: AdminState
  readonly is: AdminState
  /** Sessions alive at the moment of the change. */
  readonly sessions: number
}

export function setAdmin(server: Server, state: AdminState, { registry, client }: Call): Success {
  const change: AdminChange = { server: server.path, was: server.admin, is: state, sessions: server.live }
  registry.setAdmin(server, state, client.name)
  return done(change)
}
