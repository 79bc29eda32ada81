/** A probe without a daemon: of a server as a config file has it, from this machine and as this user. */
import type { Backend, Config } from '../config/config.js'
import { formatConfigErrors } from '../config/errors.js'
import { loadConfig } from '../config/load.js'
import { noCheckWords, type ProbeDocument, probeOnce } from '../control/health/probe-once.js'
import { askServers } from '../control/resolver/ask-servers.js'
import { askSystem } from '../control/resolver/ask-system.js'
import { type Address, inetAddress, type ServerAddress } from '../core/address.js'
import { nearest } from '../core/nearest.js'
import { POLICIES } from '../core/policy/list.js'
import { Failure } from './failure.js'

/** @param path `backend/server`. Throws Failure */
export async function probeByConfig(
  file: string,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ProbeDocument> {
  const loaded = await loadConfig(file, { env, policies: POLICIES })
  if (!loaded.ok) throw new Failure(formatConfigErrors(loaded.errors))
  const { backend, server } = find(loaded.config, path)
  if (!backend.check) throw new Failure(noCheckWords(path))
  const target = await addressOf(server.address, loaded.config)
  const name = { backend: backend.name, name: server.name, address: server.address }
  return probeOnce({ target, source: backend.source, settings: backend.check }, name)
}

function find({ backends }: Config, path: string): { backend: Backend; server: Backend['servers'][number] } {
  const all = backends.flatMap((backend) =>
    backend.servers.map((server) => ({ backend, server, path: `${backend.name}/${server.name}` })),
  )
  const found = all.find((one) => one.path === path)
  if (found) return found
  const meant = nearest(
    path,
    all.map((one) => one.path),
  )
  throw new Failure(`the config has no server ${path}.${meant === undefined ? '' : ` Did you mean ${meant}?`}`)
}

async function addressOf(address: ServerAddress, { runtime }: Config): Promise<Address> {
  if (address.family !== 'name') return address
  const ask = runtime.resolvers.length > 0 ? askServers(runtime.resolvers) : askSystem()
  const { hosts } = await ask(address.host).catch((error: Error) => {
    throw new Failure(`${address.host} does not resolve: ${error.message}`)
  })
  const found = inetAddress(hosts[0] ?? '', address.port)
  if (!found) throw new Failure(`${address.host} does not resolve to an address`)
  return found
}
