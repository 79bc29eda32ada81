/** What the schema read, completed by what only the whole file can tell: names, protocols, and defaults that hang on them. */
import type { Backend, Config, Frontend } from './config.js'
import { type BackendOutline, type Outline, servesOnlyUdp } from './outline.js'
import type { Reference } from './reference.js'
import type { BackendKeys } from './schema/backend.js'
import { check } from './schema/check.js'
import type { DocumentKeys } from './schema/document.js'
import { DEFAULT_UDP_FLOWS, type FrontendKeys } from './schema/frontend.js'

/** @param outline of the tree that `keys` were read from, without problems; @param references in that tree */
export function assemble(keys: DocumentKeys, outline: Outline, references: readonly Reference[]): Config {
  const backends = new Map(outline.backends.map((backend) => [backend.name, backend]))
  return {
    runtime: keys.runtime,
    frontends: Object.entries(keys.frontends).map(([name, frontend]) => assembleFrontend(name, frontend)),
    backends: Object.entries(keys.backends).map(([name, backend]) =>
      assembleBackend(name, backend, backends.get(name)),
    ),
    ...(references.length > 0 && { references }),
  }
}

function assembleFrontend(name: string, { listen, maxSessions, ...same }: FrontendKeys): Frontend {
  const protocol = listen[0]?.protocol ?? 'tcp'
  const addresses = listen.map(({ address }) => address)
  return {
    name,
    protocol,
    ...same,
    listen: addresses,
    maxSessions: maxSessions ?? (protocol === 'udp' ? DEFAULT_UDP_FLOWS : 0),
  }
}

function assembleBackend(name: string, keys: BackendKeys, outline: BackendOutline | undefined): Backend {
  const isUdp = outline !== undefined && servesOnlyUdp(outline)
  const key = isUdp && keys.policy === 'maglev' ? 'address:port' : 'address'
  return { name, ...keys, key: keys.key ?? key, check: keys.check ?? (isUdp ? false : check.parse({})) }
}
