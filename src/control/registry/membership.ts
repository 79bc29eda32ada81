/** Who is to be there, as the registry adopts it: what was there before with its new settings, and what is new. */
import type { Address } from '../../core/address.js'
import type { Backend, BackendSettings } from './backend.js'
import type { Frontend, FrontendSettings, Route } from './frontend.js'
import type { Server, ServerSettings } from './server.js'

export interface Membership {
  readonly frontends: readonly PlannedFrontend[]
  readonly backends: readonly PlannedBackend[]
}

export interface PlannedServer {
  readonly server: Server
  readonly slot: number
  readonly name: string
  readonly settings: ServerSettings
  readonly resolved: Address | undefined
}

export interface PlannedBackend {
  readonly backend: Backend
  readonly settings: BackendSettings
  readonly servers: readonly PlannedServer[]
}

export interface PlannedFrontend {
  readonly frontend: Frontend
  readonly settings: FrontendSettings
  readonly routes: readonly Route[]
  readonly isEnabled: boolean
  readonly backends: readonly Backend[]
}
