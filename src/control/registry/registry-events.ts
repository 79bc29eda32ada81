import type { Address, ServerAddress } from '../../core/address.js'
import type { AdminState, Health } from '../../core/server-state.js'
import type { Backend } from './backend.js'
import type { WeightSource } from './effective-weight.js'
import type { Frontend, Split } from './frontend.js'
import type { Pause } from './pause.js'
import type { AgentAt, Server } from './server.js'

/** What happened in the registry: for the log, the audit, the state file, checks and workers. */
export interface RegistryEvents {
  admin: [server: Server, was: AdminState, is: AdminState, by: string]
  weight: [server: Server, was: number, is: number, by: string]
  /** An agent or a lag made another weight of the one that is set. */
  'effective-weight': [server: Server, was: number, is: number, source: WeightSource]
  /** The weights of the backends that a frontend splits over. */
  split: [frontend: Frontend, was: Split, is: Split, by: string]
  /** A probe has ended: `server.check.last`. */
  probed: [server: Server]
  health: [server: Server, is: Health, why: string]
  /** A probe that cannot be made as it is configured; once, until it ends otherwise. The health stays what it is. */
  misconfigured: [server: Server, why: string]
  /**
   * The server's numeric address changed: workers must be told. `by` is absent where the resolver found it; `said` is
   * where it was said to be before, be it a name.
   */
  address: [server: Server, was: Address | undefined, by: string | undefined, said: ServerAddress]
  /** The backend lost its last server in rotation, or has one again. */
  backend: [backend: Backend, is: 'up' | 'down', why: string]
  /** New sessions of a backend wait, or wait no more; `waiting` counts those that did until then. */
  pause: [backend: Backend, was: Pause | undefined, is: Pause | undefined, by: string, waiting: number]
  /** Sessions at one time, 0 for no limit: of a server, of a frontend, and of all together. */
  'server-limit': [server: Server, was: number, is: number, by: string]
  'frontend-limit': [frontend: Frontend, was: number, is: number, by: string]
  'global-limit': [was: number, is: number, by: string]
  /** Probing a server was switched off or on. */
  checked: [server: Server, is: boolean, by: string]
  /** Asking its agent was switched off or on. */
  'agent-on': [server: Server, is: boolean, by: string]
  /** Its agent is asked elsewhere, or otherwise, from now on. */
  'agent-at': [server: Server, was: AgentAt, is: AgentAt, by: string]
  /** Its agent, which had answered, does not any more, or does again. */
  'agent-answers': [server: Server, is: boolean, why: string]
  /** It is probed elsewhere from now on. */
  'probe-at': [server: Server, was: Server['probeAt'], is: Server['probeAt'], by: string]
  /** A frontend was closed or opened: workers must be told. */
  enabled: [frontend: Frontend, is: boolean, by: string]
  /**
   * Servers came and went; a server that stayed may have new settings, and so may frontends and backends. `by` is absent
   * where a config made the change.
   */
  membership: [added: readonly Server[], removed: readonly Server[], by: string | undefined]
}
