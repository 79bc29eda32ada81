/**
 * `set server <b>/<s> agent up|down`: what its agent is taken to have said, until it says otherwise; `agent-addr`,
 * `agent-port` and `agent-send`: where and how it is asked from now on.
 */

import { LONGEST_AGENT_SEND } from '../../../config/schema/agent.js'
import { parseBytes } from '../../../config/schema/bytes.js'
import { inetAddress } from '../../../core/address.js'
import type { AgentAt, Server } from '../../registry/server.js'
import type { Call } from '../command.js'
import { portNumber } from '../number.js'
import { done, type Reply, refuse } from '../reply.js'

const NOT_ENABLED = 'agent checks are not enabled on this server'

export function setAgent(server: Server, [value]: readonly string[], { registry, client }: Call): Reply {
  if (!server.agent || !server.isAgentOn) return refuse(`${NOT_ENABLED}.\n`)
  if (value !== 'up' && value !== 'down') return refuse("'set server <srv> agent' expects 'up' or 'down'.\n")
  const was = server.agent.health
  registry.setAgentHealth(server, value, `its agent was set to ${value} by ${client.name}`)
  return done({ server: server.path, was, is: value })
}

export function setAgentAddr(server: Server, [host, word, text]: readonly string[], call: Call): Reply {
  if (host === undefined) return refuse('set server <b>/<s> agent-addr requires an address and optionally a port.\n')
  if (!server.agent) return refuse(NOT_ENABLED)
  if (!inetAddress(host, 1)) return refuse(`Invalid addr '${host}'\n`)
  if (word === undefined) return askAt(server, { ...server.agentAt, host }, call)
  if (word !== 'port') return refuse(`Trailing garbage '${word}' after 'agent-addr ${host}'.\n`)
  const port = portNumber(text)
  return port === undefined
    ? refuse('provided port is invalid')
    : askAt(server, { ...server.agentAt, host, port }, call)
}

export function setAgentPort(server: Server, [text]: readonly string[], call: Call): Reply {
  if (text === undefined) return refuse('set server <b>/<s> agent-port requires a port.\n')
  if (!server.agent) return refuse(NOT_ENABLED)
  if (!/^\d+$/.test(text)) return refuse('provided port is not an integer')
  const port = portNumber(text)
  return port === undefined ? refuse('provided port is invalid') : askAt(server, { ...server.agentAt, port }, call)
}

export function setAgentSend(server: Server, [send]: readonly string[], call: Call): Reply {
  if (!server.agent) return refuse(`${NOT_ENABLED}.\n`)
  if (send === undefined) return refuse('set server <b>/<s> agent-send requires a string.\n')
  const bytes = parseBytes(send)?.length ?? 0
  if (bytes === 0 || bytes > LONGEST_AGENT_SEND) {
    return refuse(`agent-send takes 1 to ${LONGEST_AGENT_SEND} bytes of ASCII, others as \\\\xNN or \\\\n.\n`)
  }
  return askAt(server, { ...server.agentAt, send }, call)
}

function askAt(server: Server, is: AgentAt, { registry, client }: Call): Reply {
  const was = server.agentAt
  registry.setAgentAt(server, is, client.name)
  return done({ server: server.path, was, is })
}
