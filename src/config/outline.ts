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
  readonly backend: string | undefined
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
  const feeding = new Map<string | undefined, FrontendOutline[]>()
  for (const one of frontends) {
    const others = feeding.get(one.backend)
    if (others) others.push(one)
    else feeding.set(one.backend, [one])
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
  return { name, keys, listens, protocol: listens[0]?.listen.protocol, backend: stringAt(keys, 'backend') }
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
