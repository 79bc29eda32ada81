/** Names that must exist, and names and addresses that only one may have. */
import { formatAddress, type ListenAddress, parseBindAddress, parseListenAddress } from '../../core/address.js'
import { DEFAULT_SOCKET } from '../default-socket.js'
import type { Outline } from '../outline.js'
import type { Problem } from '../problem.js'
import { type Path, stringAt, tablesAt } from '../tree.js'

export function checkNames(outline: Outline): readonly Problem[] {
  return [
    ...unknownBackends(outline),
    ...outline.backends.flatMap(({ servers }) => sameServers(servers)),
    ...sameBinds(outline),
  ]
}

function unknownBackends({ frontends, backends }: Outline): readonly Problem[] {
  const known = backends.map(({ name }) => name)
  const names = new Set(known)
  return frontends.flatMap(({ routes }) =>
    routes
      .filter(({ backend }) => !names.has(backend))
      .map(({ path, backend, onKey }) => ({
        path,
        ...(onKey && { onKey, found: JSON.stringify(backend) }),
        expected: 'the name of a backend',
        slip: { word: backend, known },
      })),
  )
}

function sameServers(servers: Outline['backends'][number]['servers']): readonly Problem[] {
  const named = servers.flatMap(({ path, name }) =>
    name === undefined ? [] : [{ path: [...path, 'name'], text: name }],
  )
  return repeated(named, 'a name that no other server of this backend has')
}

function sameBinds({ runtime, frontends }: Outline): readonly Problem[] {
  const socket = runtime.socket === undefined ? DEFAULT_SOCKET : stringAt(runtime, 'socket')
  const binds: Bind[] = socket === undefined ? [] : [{ path: ['runtime', 'socket'], text: `tcp unix:${socket}` }]
  for (const key of ['socket_tcp', 'metrics']) {
    const address = parseBindAddress(stringAt(runtime, key) ?? '')
    if (address.ok) binds.push(...bindOf(['runtime', key], { protocol: 'tcp', address: address.value }))
  }
  for (const [i, table] of tablesAt(runtime, 'sockets')) {
    const listen = parseListenAddress(stringAt(table, 'listen') ?? '')
    if (listen.ok) binds.push(...bindOf(['runtime', 'sockets', i, 'listen'], listen.value))
  }
  for (const { path, listen } of frontends.flatMap(({ listens }) => listens)) binds.push(...bindOf(path, listen))
  return repeated(binds, 'an address that nothing else listens on')
}

/** Port 0 takes any free port, so it is never the same one. */
function bindOf(path: Path, { protocol, address }: ListenAddress): readonly Bind[] {
  const isAnyPort = address.family !== 'unix' && address.port === 0
  return isAnyPort ? [] : [{ path, text: `${protocol} ${formatAddress(address)}` }]
}

interface Bind {
  readonly path: Path
  readonly text: string
}

function repeated(all: readonly Bind[], expected: string): readonly Problem[] {
  const first = new Map<string, Path>()
  return all.flatMap(({ path, text }) => {
    const other = first.get(text)
    if (other) return [{ path, expected, first: other }]
    first.set(text, path)
    return []
  })
}
