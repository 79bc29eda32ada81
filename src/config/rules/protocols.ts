/** TCP and UDP, and IPv4 and IPv6, must fit together: within a frontend, within a backend, and between the two. */
import { inetAddress } from '../../core/address.js'
import type { BackendOutline, FrontendOutline, Outline } from '../outline.js'
import type { Problem } from '../problem.js'
import { TCP_ONLY_BACKEND_KEYS } from '../schema/backend.js'
import { TCP_ONLY_FRONTEND_KEYS } from '../schema/frontend.js'
import { formatPath, type Path, stringAt, tableAt } from '../tree.js'

export function checkProtocols({ frontends, backends }: Outline): readonly Problem[] {
  return [
    ...frontends.flatMap(checkFrontend),
    ...backends.flatMap(checkBackend),
    ...backends.flatMap(checkSource),
    ...backends.flatMap(checkMatch),
  ]
}

function checkFrontend({ name, keys, listens, protocol }: FrontendOutline): readonly Problem[] {
  const mixed = listens.filter(({ listen }) => listen.protocol !== protocol)
  const strays = protocol === 'udp' ? TCP_ONLY_FRONTEND_KEYS.filter((key) => keys[key] !== undefined) : []
  return [
    ...mixed.map(({ path }) => ({
      path,
      expected: `only ${protocol === 'udp' ? 'udp://' : 'tcp:// and unix:'} addresses, as the first one`,
      fix: 'give TCP and UDP a frontend each; both may name the same backend',
    })),
    ...strays.map((key) => stray(['frontends', name, key], 'keys for UDP in a frontend that listens on udp://')),
  ]
}

function stray(path: Path, expected: string): Problem {
  return { path, onKey: true, found: 'a key for TCP', expected }
}

function checkBackend({ name, keys, servers, udpBy }: BackendOutline): readonly Problem[] {
  const streams = servers.filter(({ address }) => address?.family === 'unix')
  const port = streams.length > 0 && tableAt(keys, 'check').port !== undefined
  const expected = 'no port where a server is a unix socket'
  const problems: Problem[] = port ? [{ path: ['backends', name, 'check', 'port'], expected }] : []
  if (streams.length > 0 && keys.agent !== undefined) {
    problems.push({
      path: ['backends', name, 'agent'],
      onKey: true,
      found: 'an agent',
      expected: 'no agent where a server is a unix socket',
    })
  }
  if (udpBy === undefined) return problems
  const why = `since ${formatPath(['backends', name, udpBy])} makes it serve only UDP`
  const strays = TCP_ONLY_BACKEND_KEYS.filter((key) => keys[key] !== undefined)
  return [
    ...problems,
    ...strays.map((key) => stray(['backends', name, key], `only keys for UDP, ${why}`)),
    ...streams.map(({ path }) => ({ path: [...path, 'address'], expected: `IP:PORT or HOST:PORT, ${why}` })),
  ]
}

/** A socket bound to an IPv4 address reaches no IPv6 address, and the other way round. */
function checkSource({ name, keys, servers }: BackendOutline): readonly Problem[] {
  const source = inetAddress(stringAt(tableAt(keys, 'tcp'), 'source') ?? '', 0)
  if (!source) return []
  const other = source.family === 4 ? 6 : 4
  return servers
    .filter(({ address }) => address?.family === other)
    .map(({ path }) => ({
      path: [...path, 'address'],
      expected: `an IPv${source.family} address, since ${formatPath(['backends', name, 'tcp', 'source'])} is one`,
    }))
}

function checkMatch(backend: BackendOutline): readonly Problem[] {
  const tcpBy = tcpOnlyBy(backend)
  return backend.frontends.flatMap(({ protocol, routes }): Problem[] => {
    const route = routes.find((one) => one.backend === backend.name)
    if (!route) return []
    const at = { path: route.path, ...(route.onKey && { onKey: route.onKey, found: JSON.stringify(backend.name) }) }
    if (protocol === 'tcp' && backend.udpBy !== undefined) {
      const by = formatPath(['backends', backend.name, backend.udpBy])
      return [{ ...at, expected: 'a backend that serves TCP', fix: `${by} makes this one serve only UDP` }]
    }
    if (protocol === 'udp' && backend.udpBy === undefined && tcpBy) {
      return [{ ...at, expected: 'a backend that serves UDP', fix: `${formatPath(tcpBy)} is only for TCP` }]
    }
    return []
  })
}

/** The first thing in a backend that only TCP can use. */
function tcpOnlyBy({ name, keys, servers }: BackendOutline): Path | undefined {
  const key = TCP_ONLY_BACKEND_KEYS.find((one) => keys[one] !== undefined)
  if (key !== undefined) return ['backends', name, key]
  const stream = servers.find(({ address }) => address?.family === 'unix')
  return stream && [...stream.path, 'address']
}
