/** A config as the rest of the program sees it: every default filled in, durations in milliseconds (0 is off). */
import type { ListenAddress } from '../core/address.js'
import type { Protocol } from './outline.js'
import type { Reference } from './reference.js'
import type { BackendKeys } from './schema/backend.js'
import type { Check } from './schema/check.js'
import type { DocumentKeys } from './schema/document.js'
import type { FrontendKeys } from './schema/frontend.js'

type DeepReadonly<T> = T extends Uint8Array | string | number | boolean | undefined
  ? T
  : { readonly [Key in keyof T]: DeepReadonly<T[Key]> }

export type Runtime = DeepReadonly<DocumentKeys['runtime']>
export type CheckConfig = DeepReadonly<Check>
export type AgentConfig = NonNullable<Backend['agent']>

export interface Frontend extends DeepReadonly<Omit<FrontendKeys, 'listen' | 'maxSessions'>> {
  readonly name: string
  readonly protocol: Protocol
  readonly listen: readonly ListenAddress['address'][]
  /** Sessions, of UDP flows; 0 is no limit. */
  readonly maxSessions: number
}

export interface Backend extends DeepReadonly<Omit<BackendKeys, 'check' | 'key'>> {
  readonly name: string
  readonly key: 'address' | 'address:port'
  readonly check: CheckConfig | false
}

/** Frontends and backends in the order of the file (names that are whole numbers first, as JavaScript orders keys). */
export interface Config {
  readonly runtime: Runtime
  readonly frontends: readonly Frontend[]
  readonly backends: readonly Backend[]
  /** What came from environment variables; absent where nothing did. Positions of servers are those in `servers`. */
  readonly references?: readonly Reference[]
}

/** How many of each, for the capacity of the scoreboard. */
export interface ConfigCounts {
  readonly frontends: number
  readonly listeners: number
  readonly backends: number
  readonly servers: number
}

export function countConfig({ frontends, backends }: Config): ConfigCounts {
  const listeners = frontends.reduce((sum, { listen }) => sum + listen.length, 0)
  const servers = backends.reduce((sum, backend) => sum + backend.servers.length, 0)
  return { frontends: frontends.length, listeners, backends: backends.length, servers }
}
