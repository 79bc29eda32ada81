/** The stats socket: HAProxy's runtime API over unix sockets and loopback TCP. docs/runtime-api.md tells what it speaks. */
import { createServer, type Server, type Socket } from 'node:net'
import { type Address, formatAddress, type InetAddress, isLoopback } from '../../core/address.js'
import type { Audit } from '../audit/audit.js'
import type { RecentEvents } from '../log/recent.js'
import type { Rebalancing } from '../rebalance/rebalancing.js'
import type { Registry } from '../registry/registry.js'
import type { Reloader } from '../reload/reloader.js'
import type { StateKeeper } from '../state/keeper.js'
import type { Topology } from '../topology/topology.js'
import { Generations } from '../upgrade/generations.js'
import type { WorkerRequests } from '../workers/worker-requests.js'
import type { Client, Command } from './command.js'
import { COMMANDS } from './commands/list.js'
import { type Answer, execute } from './execute.js'
import type { Level } from './level.js'
import type { ProcessInfo } from './process-info.js'
import { Rates } from './rates.js'
import { Connection, sayGoodbye } from './wire/connection.js'
import { type AskPeer, peerAsker, peerName } from './wire/peer-name.js'
import { Turns } from './wire/turns.js'
import { listenUnix, type SocketFile, StatsSocketError } from './wire/unix-socket.js'

export interface RuntimeApiOptions {
  readonly registry: Registry
  readonly workers: WorkerRequests
  readonly topology: Topology
  /** Undefined while headgate is still starting. */
  readonly reloader?: () => Pick<Reloader, 'reload' | 'compare'> | undefined
  readonly process: ProcessInfo
  /** What `show events` tells. */
  readonly events: RecentEvents
  readonly audit: Audit
  readonly state: StateKeeper
  readonly rebalancing: Rebalancing
  readonly listeners: readonly StatsListener[]
  /** Default: a first generation that cannot be upgraded. */
  readonly generations?: Generations
  /** Whoever listens on the unix sockets hands them over. Default: their being in use is an error. */
  readonly isHandedOver?: boolean
  /** Clients over all listeners; default 128. More are told so and closed. */
  readonly maxClients?: number
  /** Default 60 000: a client that neither finishes a command nor takes its answer for so long is disconnected. */
  readonly idleMs?: number
  /** Unix time, ms; default Date.now. */
  readonly clock?: () => number
}

/** A unix path, or an address of this machine alone: whoever reaches it may do all that its level allows. */
export interface StatsListener {
  readonly address: Address
  readonly level: Level
  /** Of a unix socket; default 0o600. */
  readonly mode?: number
}

export interface RuntimeApi {
  /** What is really bound, ports filled in. */
  readonly addresses: readonly Address[]
  readonly rates: Rates
  /**
   * Lets a successor listen on the same addresses: TCP is closed, unix sockets can be reached under their own names (see
   * SocketFile). Whoever is connected stays so.
   */
  giveWay(): Promise<void>
  /** The successor did not come up: as before `giveWay`, also where that failed half way. */
  takeBack(): Promise<void>
  /** Stops listening, disconnects everybody and removes the socket files. */
  close(): Promise<void>
}

/** Listens on all listeners or on none. Throws StatsSocketError. */
export async function startRuntimeApi(options: RuntimeApiOptions): Promise<RuntimeApi> {
  const api = new Api(options, await peerAsker())
  try {
    for (const listener of options.listeners) await api.listen(listener)
  } catch (error) {
    await api.close()
    throw error
  }
  api.rates.start()
  return api
}

class Api implements RuntimeApi {
  readonly addresses: Address[] = []
  readonly rates: Rates
  private readonly servers: Server[] = []
  private readonly files: SocketFile[] = []
  /** Within reach of a successor's clients too. */
  private aside: SocketFile[] = []
  /** Closed for a successor. */
  private givenUp: readonly StatsListener[] = []
  private readonly clients = new Set<Socket>()
  private readonly turns = new Turns()
  private readonly commands: readonly Command[] = COMMANDS
  private readonly maxClients: number
  private readonly idleMs: number
  private readonly clock: () => number
  private readonly generations: Generations

  constructor(
    private readonly options: RuntimeApiOptions,
    private readonly askPeer: AskPeer,
  ) {
    const { maxClients = 128, idleMs = 60_000, clock = Date.now, generations = new Generations(1, []) } = options
    this.generations = generations
    this.maxClients = maxClients
    this.idleMs = idleMs
    this.clock = clock
    this.rates = new Rates(options.registry, clock)
  }

  async listen({ address, level, mode }: StatsListener): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => this.admit(socket, address, level))
    // a client that could not be accepted, for want of descriptors, tries again; it is no reason to end
    server.on('error', () => {})
    this.servers.push(server)
    if (address.family === 'unix') {
      this.files.push(await listenUnix(server, address.path, this.options.isHandedOver, mode))
    } else await listenLoopback(server, address)
    this.addresses.push(boundAddress(server, address))
  }

  async giveWay(): Promise<void> {
    for (const file of this.files) {
      await file.appearAside()
      this.aside.push(file)
    }
    for (const server of this.servers.filter(isTcp)) server.close()
    this.givenUp = this.options.listeners.filter(({ address }) => address.family !== 'unix')
  }

  async takeBack(): Promise<void> {
    for (const listener of this.givenUp) await this.listen(listener)
    this.givenUp = []
    for (const file of this.aside) await file.disappearAside()
    this.aside = []
  }

  async close(): Promise<void> {
    this.rates.stop()
    for (const file of this.files) await file.remove()
    const closed = this.servers.filter(({ listening }) => listening).map(closeServer)
    for (const client of this.clients) client.destroy()
    await Promise.all(closed)
  }

  private admit(socket: Socket, address: Address, level: Level): void {
    socket.on('error', () => socket.destroy())
    if (this.clients.size >= this.maxClients) {
      socket.write(`Too many clients: the stats socket serves ${this.maxClients} at a time.\n\n`)
      sayGoodbye(socket)
      return
    }
    this.clients.add(socket)
    socket.once('close', () => this.clients.delete(socket))
    const run = (words: readonly string[], client: Client) => this.execute(words, client)
    const connection = new Connection(socket, {
      name: peerName(socket, address, this.askPeer),
      level,
      idleMs: this.idleMs,
      turns: this.turns,
      execute: run,
    })
    void connection.serve()
  }

  private execute(words: readonly string[], client: Client): Promise<Answer> {
    const { registry, workers, topology, process, events, audit, state, rebalancing } = this.options
    const parts = { registry, workers, topology, process, events, audit, state, rebalancing }
    const { rates, commands, generations } = this
    const now = this.clock()
    const reloader = this.options.reloader?.()
    return execute(words, { ...parts, generations, reloader, rates, commands, client, now })
  }
}

async function listenLoopback(server: Server, address: InetAddress): Promise<void> {
  const where = `stats socket ${formatAddress(address)}`
  if (!isLoopback(address)) {
    throw new StatsSocketError(
      `${where}: it is not a loopback address, and anybody who reached it could steer headgate`,
    )
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ message }) => reject(new StatsSocketError(`${where}: ${message}; choose another port`)))
    server.listen(address.port, address.host, resolve)
  })
}

function boundAddress(server: Server, address: Address): Address {
  const bound = server.address()
  return address.family !== 'unix' && bound !== null && typeof bound === 'object'
    ? { ...address, port: bound.port }
    : address
}

function isTcp(server: Server): boolean {
  return server.listening && typeof server.address() === 'object'
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
