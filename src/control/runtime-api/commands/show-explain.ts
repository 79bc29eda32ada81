import type { Frontend } from '../../registry/frontend.js'
import type { Call, Command } from '../command.js'
import { type ClientAddress, formatClientAddress, parseClient } from '../explain/client-address.js'
import type { ExplainDocument, Way } from '../explain/document.js'
import { waysOf } from '../explain/ways.js'
import { type Reply, refuse, show } from '../reply.js'
import { findFrontend } from '../target.js'

export const showExplain: Command = {
  words: ['show', 'explain'],
  usage: 'show explain <client> <frontend> [json]',
  summary: 'which server a client gets, and by what rule; why the others are not eligible',
  level: 'user',
  most: 2,
  json: true,
  run([client, name], call) {
    const found = findFrontend(call.registry, name)
    if (!found.ok) return found
    const address = parseClient(client ?? '')
    if (!address)
      return refuse(
        "'show explain' expects <client> <frontend>, the client such as 192.0.2.7 or [2001:db8::7]:50000.\n",
      )
    return explain(address, found.it, call)
  },
}

function explain(client: ClientAddress, frontend: Frontend, call: Call): Reply {
  const needsPort = frontend.backends.find(({ settings }) => settings.policy.keyed && settings.key === 'address:port')
  if (needsPort && !client.hasPort) {
    return refuse(`Backend ${needsPort.name} hashes the client's port too: give it as <address>:<port>.\n`)
  }
  const document: ExplainDocument = {
    client: formatClientAddress(client),
    frontend: frontend.name,
    refused: refusals(frontend, call),
    ways: waysOf(frontend, client, call.now),
  }
  return show(text(document), document)
}

function refusals({ live, maxSessions, name }: Frontend, { registry: { board }, process }: Call): string[] {
  const found: string[] = []
  if (process.isStopping()) found.push('headgate is stopping and accepts nobody')
  if (maxSessions > 0 && live >= maxSessions) found.push(`frontend ${name} is at its limit of ${maxSessions} sessions`)
  const all = board.liveOfAll()
  if (board.maxSessions > 0 && all >= board.maxSessions) {
    found.push(`headgate is at its limit of ${board.maxSessions} sessions over all frontends`)
  }
  return found
}

function text({ refused, ways }: ExplainDocument): string {
  return [...refused.map((why) => `refused: ${why}`), ...ways.flatMap(lines), ''].join('\n')
}

function lines({ backend, policy, rule, paused, server, servers }: Way): string[] {
  const opening = `${backend}, ${policy} (${rule}): ${server ?? 'not decided by the client'}`
  return [
    opening,
    ...(paused === null ? [] : [`  ${paused}: new sessions wait`]),
    ...servers.map(
      ({ path, share, obstacles }) =>
        `  ${path}: ${obstacles.length === 0 ? `${Math.round(share * 100)}%` : obstacles.join('; ')}`,
    ),
  ]
}
