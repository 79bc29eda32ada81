/** A config by its nouns, each with its settings: as they are, to compare, and as they may be told. */
import type { Backend, Config } from '../config.js'
import type { Reference } from '../reference.js'
import { type Path, pathKey } from '../tree.js'
import { withReferences } from './told.js'
import { backendKeys, frontendKeys, runtimeKeys, serverKeys } from './written.js'
import type { WrittenTable } from './written-table.js'

export interface Settings {
  /** May hold values of environment variables. */
  readonly values: WrittenTable
  /** The same with the text of the file where that names variables. */
  readonly told: WrittenTable
}

export interface Described {
  readonly name: string
  readonly settings: Settings
  /** Of a backend. */
  readonly servers: readonly Described[]
}

export interface DescribedConfig {
  readonly runtime: Settings
  readonly frontends: readonly Described[]
  readonly backends: readonly Described[]
}

export function describe({ runtime, frontends, backends, references = [] }: Config): DescribedConfig {
  const owned = byOwner(references)
  const settings = (values: WrittenTable, path: Path): Settings => ({
    values,
    told: withReferences(values, owned.get(pathKey(path)) ?? []),
  })
  const servers = (backend: Backend) =>
    backend.servers.map((server, i) => ({
      name: server.name,
      settings: settings(serverKeys(server), ['backends', backend.name, 'servers', i]),
      servers: [],
    }))
  return {
    runtime: settings(runtimeKeys(runtime), ['runtime']),
    frontends: frontends.map((frontend) => ({
      name: frontend.name,
      settings: settings(frontendKeys(frontend), ['frontends', frontend.name]),
      servers: [],
    })),
    backends: backends.map((backend) => ({
      name: backend.name,
      settings: settings(backendKeys(backend), ['backends', backend.name]),
      servers: servers(backend),
    })),
  }
}

/** By the table that each is a setting of, with their paths from there. */
function byOwner(references: readonly Reference[]): ReadonlyMap<string, readonly Reference[]> {
  const owned = new Map<string, Reference[]>()
  for (const { path, text } of references) {
    const depth = depthOfOwner(path)
    const owner = pathKey(path.slice(0, depth))
    const reference = { path: path.slice(depth), text }
    const others = owned.get(owner)
    if (others) others.push(reference)
    else owned.set(owner, [reference])
  }
  return owned
}

/** `runtime`, `frontends.NAME`, `backends.NAME`, `backends.NAME.servers[0]` */
function depthOfOwner([table, , key]: Path): number {
  if (table === 'runtime') return 1
  return table === 'backends' && key === 'servers' ? 4 : 2
}
