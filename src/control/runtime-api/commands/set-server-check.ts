/** `set server <b>/<s> check-port <port>` and `check-addr <ip> [port <port>]`: where its check probes from now on. */
import { inetAddress } from '../../../core/address.js'
import type { Server } from '../../registry/server.js'
import type { Call } from '../command.js'
import { portNumber } from '../number.js'
import { done, type Reply, refuse } from '../reply.js'

const NOT_CHECKED = 'health checks are not enabled on this server'

export function setCheckPort(server: Server, [text]: readonly string[], call: Call): Reply {
  if (!server.check) return refuse(NOT_CHECKED)
  if (text === undefined) return refuse('set server <b>/<s> check-port requires a port.\n')
  if (!/^\d+$/.test(text)) return refuse('provided port is not an integer')
  const port = portNumber(text)
  if (port === undefined) return refuse('provided port is invalid')
  return probeAt(server, { ...server.probeAt, port }, call)
}

export function setCheckAddr(server: Server, [host, word, text]: readonly string[], call: Call): Reply {
  if (!server.check) return refuse(NOT_CHECKED)
  if (host === undefined) return refuse('set server <b>/<s> check-addr requires an address and optionally a port.\n')
  if (!inetAddress(host, 1)) return refuse(`Invalid addr '${host}'\n`)
  if (word === undefined) return probeAt(server, { ...server.probeAt, host }, call)
  if (word !== 'port') return refuse(`Trailing garbage '${word}' after 'check-addr ${host}'.\n`)
  const port = portNumber(text)
  return port === undefined ? refuse('provided port is invalid') : probeAt(server, { host, port }, call)
}

function probeAt(server: Server, is: Server['probeAt'], { registry, client }: Call): Reply {
  const was = server.probeAt
  registry.setProbeAt(server, is, client.name)
  return done({ server: server.path, was, is })
}
