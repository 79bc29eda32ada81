/** `set server <b>/<s> addr <ip> [port <port>]`. Answers when every worker knows; HAProxy's words tell what changed. */
import { formatAddress, type InetAddress, inetAddress } from '../../../core/address.js'
import type { Server } from '../../registry/server.js'
import type { Call } from '../command.js'
import { portNumber } from '../number.js'
import { type Reply, refuse, tell } from '../reply.js'

const BY = "by 'stats socket command'\n"

/** What `json` answers. */
export interface AddressChange {
  /** `<backend>/<server>` */
  readonly server: string
  /** Null while its host name has never resolved. */
  readonly was: string | null
  readonly is: string
}

export async function setAddr(server: Server, values: readonly string[], call: Call): Promise<Reply> {
  const [host, word, port] = values
  if (host === undefined) return refuse('set server <b>/<s> addr requires an address and optionally a port.\n')
  if (word !== undefined && word !== 'port') return refuse(`Trailing garbage '${word}' after 'addr ${host}'.\n`)
  if (!inetAddress(host, 1)) return refuse(`Invalid addr '${host}' ${BY}`)
  const { resolved } = server
  if (resolved?.family === 'unix') return refuse(`cannot change the addr of a server at a unix socket ${BY}`)
  const wanted = word === undefined ? portOf(server) : portNumber(port)
  const address = wanted === undefined ? undefined : inetAddress(host, wanted)
  if (!address) {
    const hosts = hostPart(resolved, { family: 4, host, port: 0 })
    return refuse(`${hosts}, problem converting port '${port ?? ''}' to an int ${BY}`)
  }
  call.registry.setAddress(server, address, call.client.name)
  await call.topology.configure()
  const was = resolved ? formatAddress(resolved) : null
  const change: AddressChange = { server: server.path, was, is: formatAddress(address) }
  return tell(`${hostPart(resolved, address)}${portPart(resolved, address, word !== undefined)} ${BY}`, change)
}

/** Its port now, or the declared one while its name has not resolved. */
function portOf({ resolved, settings: { address } }: Server): number | undefined {
  if (resolved && resolved.family !== 'unix') return resolved.port
  return address.family === 'unix' ? undefined : address.port
}

function hostPart(was: InetAddress | undefined, is: InetAddress): string {
  return was?.host === is.host ? 'no need to change the addr' : `IP changed from '${was?.host ?? ''}' to '${is.host}'`
}

function portPart(was: InetAddress | undefined, is: InetAddress, isGiven: boolean): string {
  if (!isGiven) return ''
  if (was?.port !== is.port) return `, port changed from '${was?.port ?? ''}' to '${is.port}'`
  return was.host === is.host ? '' : ', no need to change the port'
}
