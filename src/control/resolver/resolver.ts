/**
 * Host names in server addresses become numeric ones, for workers see no others. A server keeps its address while that is
 * still among the answers, and while its name does not resolve; one whose name never resolved stays down.
 */
import { EventEmitter } from 'node:events'
import { formatAddress, inetAddress, type NamedAddress } from '../../core/address.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { systemTiming, type Timing } from '../timing.js'
import type { Answer, Ask } from './answer.js'
import { WatchedName } from './watched-name.js'

/** Each comes once for each change of a name's state, for the log. */
export interface ResolverEvents {
  failing: [host: string, why: string, servers: readonly Server[]]
  recovered: [host: string, servers: readonly Server[]]
}

type NamedServer = { readonly server: Server; readonly address: NamedAddress }

export class Resolver extends EventEmitter<ResolverEvents> {
  private readonly names: readonly WatchedName[]
  private readonly failing = new Set<string>()

  constructor(
    private readonly registry: Registry,
    ask: Ask,
    private readonly timing: Timing = systemTiming,
  ) {
    super()
    this.names = [...byHost(namedServers(registry))].map(([host, named]) => this.watch(host, named, ask))
  }

  /** Resolves when each name has resolved or failed once, after 5 s at the latest. */
  async start(): Promise<void> {
    await Promise.all(this.names.map((name) => name.start()))
  }

  stop(): void {
    for (const name of this.names) name.stop()
  }

  private watch(host: string, named: readonly NamedServer[], ask: Ask): WatchedName {
    const servers = named.map(({ server }) => server)
    return new WatchedName(host, ask, this.timing, {
      onAnswer: (answer) => {
        for (const { server, address } of named) this.answered(server, address, answer)
        if (this.failing.delete(host)) this.emit('recovered', host, servers)
      },
      onFailure: (failure) => {
        for (const server of servers) server.resolution = { at: this.timing.now(), failure }
        if (this.failing.has(host)) return
        this.failing.add(host)
        this.emit('failing', host, failure, servers)
      },
    })
  }

  private answered(server: Server, { port }: NamedAddress, answer: Answer): void {
    server.resolution = { at: this.timing.now(), failure: undefined }
    if (server.lastAddressChange || isStillGood(server, answer)) return
    const [first = ''] = answer.hosts
    const address = inetAddress(first, port)
    if (!address) return
    const wasUnknown = !server.resolved
    this.registry.setAddress(server, address)
    if (wasUnknown) this.registry.setHealth(server, 'up', `resolved to ${formatAddress(address)}`)
  }
}

/** Silence about one family is no reason to leave it. */
function isStillGood({ resolved }: Server, { hosts, unanswered }: Answer): boolean {
  if (!resolved || resolved.family === 'unix') return false
  return hosts.includes(resolved.host) || unanswered.includes(resolved.family)
}

function namedServers(registry: Registry): NamedServer[] {
  return registry.backends
    .flatMap((backend) => backend.servers)
    .flatMap((server) => {
      const { address } = server.settings
      return address.family === 'name' ? [{ server, address }] : []
    })
}

/** Names are the same in any case: RFC 4343. */
function byHost(named: readonly NamedServer[]): Map<string, NamedServer[]> {
  const groups = new Map<string, NamedServer[]>()
  for (const entry of named) {
    const host = entry.address.host.toLowerCase()
    groups.set(host, [...(groups.get(host) ?? []), entry])
  }
  return groups
}
