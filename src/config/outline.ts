/** The parts of a tree that hang together: read tolerantly, since other parts of it may be wrong. */
import { type ListenAddress, parseListenAddress, parseServerAddress, type ServerAddress } from '../core/address.js'
import { isTable, type Path, stringAt, type Table, tableAt, tablesAt } from './tree.js'

export type Protocol = 'tcp' | 'udp'

export interface FrontendOutline {
  readonly name: string
  readonly keys: Table
  readonly listens: readonly { readonly path: Path; readonly listen: ListenAddress }[]
  /** Of its first address. */
  readonly protocol: Protocol | undefined
  /** The backends that it feeds, each with the place that names it. */
  readonly routes: readonly RouteOutline[]
}

export interface RouteOutline {
  readonly path: Path
  readonly backend: string
  /** The name is the key at that place, not its value. */
  readonly onKey: boolean
}

export interface ServerOutline {
  readonly path: Path
  readonly name: string | undefined
  readonly address: ServerAddress | undefined
  readonly weight: unknown
}

export interface BackendOutline {
  readonly name: string
  readonly keys: Table
  readonly servers: readonly ServerOutline[]
  /** The key that makes it serve UDP only. */
  readonly udpBy: 'udp' | 'check' | undefined
  readonly frontends: readonly FrontendOutline[]
}

export interface Outline {
  readonly runtime: Table
  readonly frontends: readonly FrontendOutline[]
  readonly backends: readonly BackendOutline[]
}

export function outlineOf(tree: Table): Outline {
  const frontends = entries(tree, 'frontends').map(([name, keys]) => frontendOf(name, keys))
  const feeding = new Map<string, FrontendOutline[]>()
  for (const one of frontends) {
    for (const { backend } of one.routes) {
      const others = feeding.get(backend)
      if (others) others.push(one)
      else feeding.set(backend, [one])
    }
  }
  const backends = entries(tree, 'backends').map(([name, keys]) => backendOf(name, keys, feeding.get(name) ?? []))
  return { runtime: tableAt(tree, 'runtime'), frontends, backends }
}

/** It has a key for UDP, or only UDP frontends feed it. */
export function servesOnlyUdp({ udpBy, frontends }: BackendOutline): boolean {
  return udpBy !== undefined || (frontends.length > 0 && frontends.every(({ protocol }) => protocol === 'udp'))
}

function entries(tree: Table, key: string): readonly (readonly [string, Table])[] {
  return Object.entries(tableAt(tree, key)).map(([name, keys]) => [name, isTable(keys) ? keys : {}])
}

function frontendOf(name: string, keys: Table): FrontendOutline {
  const path: Path = ['frontends', name, 'listen']
  const texts = Array.isArray(keys.listen) ? [...keys.listen.entries()] : [[undefined, keys.listen] as const]
  const listens = texts.flatMap(([i, text]) => {
    const parsed = typeof text === 'string' ? parseListenAddress(text) : undefined
    return parsed?.ok ? [{ path: i === undefined ? path : [...path, i], listen: parsed.value }] : []
  })
  return { name, keys, listens, protocol: listens[0]?.listen.protocol, routes: routesOf(name, keys) }
}

function routesOf(frontend: string, keys: Table): readonly RouteOutline[] {
  const path: Path = ['frontends', frontend, 'backend']
  if (typeof keys.backend === 'string') return [{ path, backend: keys.backend, onKey: false }]
  return Object.keys(tableAt(keys, 'backend')).map((backend) => ({ path: [...path, backend], backend, onKey: true }))
}

function backendOf(name: string, keys: Table, frontends: readonly FrontendOutline[]): BackendOutline {
  const servers = tablesAt(keys, 'servers').map(([i, server]) => {
    const address = parseServerAddress(stringAt(server, 'address') ?? '')
    return {
      path: ['backends', name, 'servers', i],
      name: stringAt(server, 'name'),
      address: address.ok ? address.value : undefined,
      weight: server.weight,
    }
  })
  const hasUdpCheck = stringAt(tableAt(keys, 'check'), 'type') === 'udp'
  const udpBy = keys.udp !== undefined ? 'udp' : hasUdpCheck ? 'check' : undefined
  return { name, keys, servers, udpBy, frontends }
}
