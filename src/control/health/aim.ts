/** Where the probes of a server go, and from where: the same for its check and for a single probe. */
import { type Address, type InetAddress, inetAddress } from '../../core/address.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import type { CheckSettings } from './settings.js'

export interface Aim {
  readonly target: Address
  /** Local address to come from. */
  readonly source: InetAddress | undefined
  /** With the port that was set at run time. */
  readonly settings: CheckSettings
}

/** Undefined while the server's host name has no address. */
export function aimAt(registry: Registry, server: Server, settings: CheckSettings): Aim | undefined {
  const { resolved, probeAt } = server
  if (!resolved) return undefined
  const { host, port = settings.port } = probeAt
  const elsewhere = host === undefined || resolved.family === 'unix' ? undefined : inetAddress(host, resolved.port)
  const { source } = registry.backendOf(server).settings
  return { target: elsewhere ?? resolved, source, settings: { ...settings, port } }
}
