/** A worker's session code in the test's own process, over the portable engine and a board of its own. */
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import type { Test } from 'tap'
import { serverIdentity } from '../../src/core/candidates.js'
import type { BackendShape, FromWorker, FrontendShape, ServerShape, WorkerNotice } from '../../src/core/messages.js'
import { buildTable } from '../../src/core/policy/maglev-table.js'
import { WorkerColumn } from '../../src/core/scoreboard/column.js'
import { FRONTEND_COUNTERS, type FrontendCounter, type ServerCounter } from '../../src/core/scoreboard/counters.js'
import { Scoreboard } from '../../src/core/scoreboard/scoreboard.js'
import { HEALTH_CODE, type Health } from '../../src/core/server-state.js'
import type { Channel, Engine, FlowHandOver } from '../../src/dataplane/engine.js'
import { Frontends } from '../../src/dataplane/frontends.js'
import { createPortableEngine } from '../../src/dataplane/portable/engine.js'
import { Cancels } from '../../src/dataplane/postgres/cancels.js'
import { Records } from '../../src/dataplane/records.js'
import { Sessions } from '../../src/dataplane/sessions.js'
import { WaitingRoom } from '../../src/dataplane/tcp/waiting-room.js'
import { frontendShape } from '../support/frontend-shape.js'

const CAPACITY = { servers: 8, backends: 3, frontends: 1, workers: 2 }
const TCP = { noDelay: true, keepalive: false, userTimeoutMs: 0 } as const

export interface HarnessOptions {
  /** Default: portable. */
  readonly engine?: Engine
  readonly protocol?: 'tcp' | 'udp'
  readonly servers: readonly ServerShape[]
  readonly frontend?: Partial<FrontendShape>
  readonly backend?: Partial<BackendShape>
  /** Further backends, `b1` and so on: then the frontend splits, every one of the same weight at first. */
  readonly others?: readonly (Partial<BackendShape> & Pick<BackendShape, 'servers'>)[]
}

export class Harness {
  readonly board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(CAPACITY)), CAPACITY)
  /** Session lines, parsed. */
  readonly records: Record<string, unknown>[] = []
  /** What the worker told on its own account. */
  readonly notices: { readonly notice: WorkerNotice; readonly detail: string }[] = []
  readonly sessions = new Sessions(0)
  readonly engine: Engine
  port = 0
  private readonly out: Records
  private readonly frontends: Frontends
  private wake: (() => void) | undefined

  private constructor(private readonly options: HarnessOptions) {
    this.engine = options.engine ?? createPortableEngine()
    const column = new WorkerColumn(this.board, 0)
    const channel: Channel = { send: (message) => this.received(message), isFull: false, isEmpty: true }
    this.out = new Records(this.engine, channel, column)
    const { engine, sessions, out: records } = this
    const waitingRoom = new WaitingRoom(engine, column)
    const context = { engine, column, sessions, records, waitingRoom, random: Math.random }
    const notify = (notice: WorkerNotice, detail: string) => this.notices.push({ notice, detail })
    this.frontends = new Frontends({ ...context, cancels: new Cancels(this.engine, column), notify })
    for (const { slot } of this.servers) {
      this.board.setServer(slot, 'weight', 100)
      this.board.setServer(slot, 'effectiveWeight', 100)
    }
    this.board.bumpGeneration(0)
    this.setSplit([1, ...this.others.map(() => 1)])
    const members = options.servers.map(({ name }) => ({ identity: serverIdentity(name), weight: 100 }))
    this.board.replaceTable(0, buildTable(members))
  }

  private get others() {
    return this.options.others ?? []
  }
  private get servers(): readonly ServerShape[] {
    return [...this.options.servers, ...this.others.flatMap(({ servers }) => servers)]
  }
  setSplit(weights: readonly number[]): void {
    for (const [row, weight] of weights.entries()) this.board.setRouteWeight(0, row, weight)
    this.board.bumpSplitGeneration(0)
  }

  static async start(t: Test, options: HarnessOptions): Promise<Harness> {
    const harness = new Harness(options)
    await harness.listen()
    t.teardown(() => harness.stop())
    return harness
  }

  private listen(): Promise<void> {
    return this.configure(this.options.servers)
  }

  /** Everything as before, but for the servers. @param change of the frontend */
  configure(servers: readonly ServerShape[], change: Partial<FrontendShape> = {}): Promise<void> {
    const { protocol = 'tcp', frontend, backend } = this.options
    const shape = frontendShape({
      backends: [0, ...this.others.map((_, i) => i + 1)],
      protocol,
      listeners: [{ protocol, address: { family: 4, host: '127.0.0.1', port: 0 }, share: 0 }],
      ...frontend,
      ...change,
    })
    const to: BackendShape = {
      id: 0,
      name: 'b',
      policy: 'first',
      key: 'address',
      connectTimeoutMs: 1000,
      retries: 3,
      serverIdleMs: 0,
      waiting: { noServerMs: 0, most: 1000 },
      tcp: TCP,
      udpIdleMs: 60_000,
      servers,
      ...backend,
    }
    const backends = [to, ...this.others.map((other, i) => ({ ...to, id: i + 1, name: `b${i + 1}`, ...other }))]
    return new Promise((resolve, reject) => {
      this.frontends.configure({ frontends: [shape], backends, records: true }, (result) => {
        const address = result.ok ? result.listeners[0]?.address : undefined
        if (address?.family !== 4) return reject(new Error(JSON.stringify(result)))
        this.port = address.port
        resolve()
      })
    })
  }

  /** As the worker does it at the end. */
  stop(): void {
    this.sessions.endAll({}, 'stopped')
    this.frontends.closeAll()
  }
  stopAccepting(): void {
    this.frontends.stopAccepting()
  }
  /** @param onDone how many flows the other generation took */
  sendFlows(handOver: FlowHandOver, onDone: (taken: number) => void): void {
    this.frontends.sendFlows(handOver, [{ share: 0, descriptor: -1 }], onDone)
  }

  private received(message: FromWorker): void {
    if (message.type === 'closed') {
      for (const line of message.lines.toString().trimEnd().split('\n')) this.records.push(JSON.parse(line))
    }
    this.wake?.()
  }

  /** The first `count` close records. */
  async closed(count: number): Promise<readonly Record<string, unknown>[]> {
    while (this.records.length < count) {
      await new Promise<void>((resolve) => {
        this.wake = resolve
      })
    }
    return this.records
  }

  server(slot: number, counter: ServerCounter): number {
    return this.board.totalOfServer(slot, counter)
  }
  /** Sessions that wait for a server of the first backend. */
  get waiting(): number {
    return this.board.waitingFor(0)
  }
  async untilWaiting(count: number): Promise<void> {
    while (this.waiting !== count) await new Promise((resolve) => setImmediate(resolve))
  }
  /** Puts a server into rotation or takes it out, as its check would. */
  setHealth(slot: number, health: Health): void {
    this.board.setServer(slot, 'health', HEALTH_CODE[health])
    this.board.bumpGeneration(0)
  }
  frontend(counter: FrontendCounter): number {
    return this.board.totalOfFrontend(0, counter)
  }

  /** Nothing is lost or invented: what was accepted is on a server or was refused. Holds when nobody is connecting. */
  checkConservation(t: Test): void {
    const slots = this.servers.map(({ slot }) => slot)
    const onServers = slots.reduce((sum, slot) => sum + this.server(slot, 'sessions'), 0)
    const refused = FRONTEND_COUNTERS.filter((counter) => counter.startsWith('refused'))
    const turnedAway =
      refused.reduce((sum, counter) => sum + this.frontend(counter), 0) +
      this.frontend('clientGone') +
      this.frontend('cancelsToAll')
    const waiting = [0, ...this.others.map((_, i) => i + 1)].reduce((sum, row) => sum + this.board.waitingFor(row), 0)
    t.equal(this.frontend('accepted'), onServers + turnedAway + waiting, 'accepted = on servers + refused + waiting')
    t.equal(this.frontend('sessions'), onServers)
    for (const counter of ['bytesIn', 'bytesOut'] as const) {
      const sum = slots.reduce((total, slot) => total + this.server(slot, counter), 0)
      t.equal(this.frontend(counter), sum, `${counter} of the frontend = of its servers`)
    }
  }
}

/** A TCP server whose connections `serve` handles; closed with all of them at the end of the test. */
export async function tcpServer(t: Test, slot: number, serve: (socket: net.Socket) => void): Promise<ServerShape> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return shapeOf(slot, server.address())
}

/** An address at which nobody listens. */
export async function deadServer(slot: number): Promise<ServerShape> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const shape = shapeOf(slot, server.address())
  server.close()
  await once(server, 'close')
  return shape
}

export interface UdpServer {
  readonly shape: ServerShape
  readonly socket: dgram.Socket
}

/** Answers each datagram with its own name in front. */
export async function udpEcho(t: Test, slot: number, port = 0): Promise<UdpServer> {
  const socket = dgram.createSocket('udp4')
  socket.on('message', (message, from) => socket.send(`s${slot}:${message}`, from.port, from.address))
  socket.bind(port, '127.0.0.1')
  await once(socket, 'listening')
  t.teardown(() => closeDatagram(socket))
  return { shape: shapeOf(slot, socket.address()), socket }
}

export function closeDatagram(socket: dgram.Socket): void {
  try {
    socket.close()
  } catch {
    // closed by the test already
  }
}

function shapeOf(slot: number, address: ReturnType<net.Server['address']>): ServerShape {
  if (address === null || typeof address === 'string') throw new Error('not an IP server')
  return { slot, name: `s${slot}`, address: { family: 4, host: '127.0.0.1', port: address.port } }
}

export type ClientEnd = { readonly how: 'end' | 'reset'; readonly text: string }

/** Connects, sends `text`, and says what came until the other side ended or reset. */
export async function talk(port: number, text: string | Uint8Array = ''): Promise<ClientEnd> {
  const { socket, ended } = dial(port)
  if (text.length > 0) socket.write(text)
  return ended
}

export function dial(port: number): { socket: net.Socket; ended: Promise<ClientEnd> } {
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const ended = new Promise<ClientEnd>((resolve) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => {
      socket.end()
      resolve({ how: 'end', text })
    })
    socket.on('error', () => resolve({ how: 'reset', text }))
    socket.on('close', () => resolve({ how: 'reset', text }))
  })
  return { socket, ended }
}
