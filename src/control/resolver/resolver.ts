/**
 * Host names in server addresses become numeric ones, for workers see no others. A server keeps its address while that is
 * still among the answers, and while its name does not resolve; one whose name never resolved stays down.
 */
import { EventEmitter } from 'node:events'
import { type InetAddress, inetAddress, type NamedAddress } from '../../core/address.js'
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

interface Named {
  readonly server: Server
  readonly address: NamedAddress
}

/** What is known of one host name. */
interface Known {
  readonly name: WatchedName
  /** The last good one. */
  answer: Answer | undefined
  isFailing: boolean
}

export class Resolver extends EventEmitter<ResolverEvents> {
  /** By host name in lower case. */
  private readonly names = new Map<string, Known>()
  /** Host names of servers to come: see `learn`. */
  private coming: ReadonlySet<string> = new Set()

  constructor(
    private readonly registry: Registry,
    private readonly ask: Ask,
    private readonly timing: Timing = systemTiming,
  ) {
    super()
  }

  /** Resolves when each name has resolved or failed once, after 5 s at the latest. */
  async start(): Promise<void> {
    this.registry.on('membership', this.onMembership)
    await this.watchAll(this.needed())
  }

  stop(): void {
    this.registry.off('membership', this.onMembership)
    for (const { name } of this.names.values()) name.stop()
  }

  /**
   * Asks for names that are not known yet, so that servers that will be at them can begin with an address. Resolves as
   * `start` does. These names are kept, whoever comes and goes meanwhile, until `forget`.
   */
  async learn(addresses: readonly NamedAddress[]): Promise<void> {
    this.coming = new Set(addresses.map(hostOf))
    await this.watchAll(this.coming)
  }

  /** The servers that were to come are there, or will not come: names that no server has are forgotten. */
  forget(): void {
    this.coming = new Set()
    this.dropUnneeded()
  }

  private async watchAll(hosts: ReadonlySet<string>): Promise<void> {
    const unknown = [...hosts].filter((host) => !this.names.has(host))
    await Promise.all(unknown.map((host) => this.watch(host).start()))
  }

  private dropUnneeded(): void {
    const needed = this.needed()
    for (const [host, { name }] of this.names) {
      if (needed.has(host) || this.coming.has(host)) continue
      name.stop()
      this.names.delete(host)
    }
  }

  private needed(): ReadonlySet<string> {
    return new Set(this.named().map(({ address }) => hostOf(address)))
  }

  /** The address that a server at this name would begin with, as far as it is known. */
  addressOf(address: NamedAddress): InetAddress | undefined {
    const answer = this.names.get(hostOf(address))?.answer
    return answer && firstOf(answer, address)
  }

  private named(): Named[] {
    return this.registry.backends
      .flatMap((backend) => backend.servers)
      .flatMap((server) => {
        const { address } = server.settings
        return address.family === 'name' ? [{ server, address }] : []
      })
  }

  private at(host: string): Named[] {
    return this.named().filter(({ address }) => hostOf(address) === host)
  }

  private watch(host: string): WatchedName {
    const name = new WatchedName(host, this.ask, this.timing, {
      onAnswer: (answer) => this.answered(host, known, answer),
      onFailure: (failure) => this.failed(host, known, failure),
    })
    const known: Known = { name, answer: undefined, isFailing: false }
    this.names.set(host, known)
    return name
  }

  private answered(host: string, known: Known, answer: Answer): void {
    known.answer = answer
    const named = this.at(host)
    for (const one of named) this.apply(one, answer)
    if (!known.isFailing) return
    known.isFailing = false
    this.emit(
      'recovered',
      host,
      named.map(({ server }) => server),
    )
  }

  private failed(host: string, known: Known, failure: string): void {
    const servers = this.at(host).map(({ server }) => server)
    for (const server of servers) server.resolution = { at: this.timing.now(), failure }
    if (known.isFailing) return
    known.isFailing = true
    this.emit('failing', host, failure, servers)
  }

  private apply({ server, address: wanted }: Named, answer: Answer): void {
    server.resolution = { at: this.timing.now(), failure: undefined }
    if (server.lastAddressChange || isStillGood(server, answer)) return
    const address = firstOf(answer, wanted)
    if (!address) return
    this.registry.setAddress(server, address)
  }

  /** Servers came and went, or are at another name now. */
  private readonly onMembership = () => {
    this.dropUnneeded()
    for (const one of this.named()) {
      const { server, address } = one
      const known = this.names.get(hostOf(address))
      if (!known) void this.watch(hostOf(address)).start()
      else if (known.answer) this.apply(one, known.answer)
      if (!server.resolved) this.registry.setHealth(server, 'down', `${address.host} has not resolved yet`)
    }
  }
}

/** Names are the same in any case: RFC 4343. */
function hostOf({ host }: NamedAddress): string {
  return host.toLowerCase()
}

function firstOf({ hosts: [first = ''] }: Answer, { port }: NamedAddress): InetAddress | undefined {
  return inetAddress(first, port)
}

/** Silence about one family is no reason to leave it. */
function isStillGood({ resolved }: Server, { hosts, unanswered }: Answer): boolean {
  if (!resolved || resolved.family === 'unix') return false
  return hosts.includes(resolved.host) || unanswered.includes(resolved.family)
}
