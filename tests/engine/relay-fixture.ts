/**
 * The smallest possible balancer over the Engine interface alone: each route sends all its clients to one server. It runs
 * in a process of its own, since a linux engine's loop never returns to Node, and reports with blocking writes.
 *
 *   node --import tsx tests/engine/relay-fixture.ts portable '{"echo":{"kind":"tcp","listen":…,"server":…}}'
 */
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { formatAddress } from '../../src/core/address.js'
import { formatClient } from '../../src/core/client-key.js'
import { WorkerColumn } from '../../src/core/scoreboard/column.js'
import { Scoreboard } from '../../src/core/scoreboard/scoreboard.js'
import type {
  ConnectResult,
  DatagramFlow,
  DatagramPort,
  Datagrams,
  Listening,
  Relay,
  RelayEnd,
  Stream,
} from '../../src/dataplane/engine.js'
import { KEY_WORDS } from '../../src/dataplane/engine.js'
import { FlowCounters } from '../../src/dataplane/flow-counters.js'
import { createEngine } from './engines.js'
import type {
  Command,
  CommandRoute,
  Counted,
  RelayLook,
  Report,
  Routes,
  TcpRoute,
  UdpRoute,
} from './fixture-protocol.js'

/** Omit over each member of a union. */
type Unnumbered<R> = R extends unknown ? Omit<R, 'n'> : never

const TCP = { noDelay: true, keepalive: { idleMs: 60_000, intervalMs: 10_000, count: 3 }, userTimeoutMs: 0 } as const
const LISTEN = { ...TCP, backlog: 1024, deferAccept: false } as const

const [, , engineName = '', routesText = ''] = process.argv
const engine = await createEngine(engineName)
const routes: Routes = JSON.parse(routesText)
const capacity = { servers: 1, backends: 1, frontends: 1, workers: 1 }
const column = new WorkerColumn(Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity), 0)
const newCounters = () => new FlowCounters(column, 0, 0, engine.now())

const listeners = new Set<Listening | DatagramPort>()
const relays = new Set<Relay>()
const flows = new Set<Flow>()
let reports = 0
let unbound = Object.keys(routes).length

function tell(report: Unnumbered<Report>): void {
  writeAll(Buffer.from(`${JSON.stringify({ n: reports++, ...report })}\n`))
}

/** Node may have made standard output non-blocking, so a full pipe is an error: wait a millisecond, and try again. */
function writeAll(bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

function counted({ bytesIn, bytesOut, datagramsIn, datagramsOut }: FlowCounters): Counted {
  return { bytesIn, bytesOut, datagramsIn, datagramsOut }
}

function onBound(
  route: string,
  result: { ok: true; bound: Listening | DatagramPort } | { ok: false; code: string },
  isCommand: boolean,
): void {
  if (!result.ok) tell({ report: 'not-bound', route, code: result.code })
  else {
    if (!isCommand) listeners.add(result.bound)
    tell({ report: 'bound', route, address: result.bound.address })
  }
  unbound--
  if (unbound === 0) tell({ report: 'ready' })
}

// TCP

function openTcp(route: string, shape: TcpRoute): void {
  const handlers = {
    onAccept: (client: Stream) => takeClient(route, shape, client),
    onAcceptError: (code: string) => tell({ report: 'accept-error', route, code }),
  }
  engine.listen({ address: shape.listen }, LISTEN, handlers, (result) => onBound(route, result, false))
}

function takeClient(route: string, shape: TcpRoute, client: Stream): void {
  const name = formatAddress(client.peer)
  tell({ report: 'accepted', route, client: name })
  let cancel = () => {}
  client.onGone = () => {
    cancel()
    tell({ report: 'gone', route, client: name })
  }
  const connect = () => {
    cancel = connectTo(route, shape, client, name)
  }
  const connectInTime = () => {
    if (shape.delayMs === undefined) connect()
    else cancel = engine.after(shape.delayMs, connect)
  }
  if (shape.peek) cancel = peekAt(shape.peek, client, name, connectInTime)
  else connectInTime()
}

function peekAt(
  { bytes, withinMs = 10_000 }: NonNullable<TcpRoute['peek']>,
  client: Stream,
  name: string,
  connect: () => void,
): () => void {
  const stop = engine.peek(
    client,
    bytes,
    (seen, hasEnded) => {
      tell({ report: 'looked', client: name, bytes: seen.length })
      return seen.length === bytes || hasEnded ? { text: Buffer.from(seen).toString(), hasEnded } : undefined
    },
    ({ text, hasEnded }) => {
      stopTimer()
      tell({ report: 'peeked', client: name, text, hasEnded })
      connect()
    },
  )
  const stopTimer = engine.after(withinMs, () => {
    stop()
    connect()
  })
  return () => {
    stop()
    stopTimer()
  }
}

function connectTo(route: string, shape: TcpRoute, client: Stream, name: string): () => void {
  const options = { ...TCP, timeoutMs: shape.timeoutMs ?? 10_000, ...(shape.source && { source: shape.source }) }
  const beganAt = engine.now()
  const onDone = (result: ConnectResult) => {
    client.onGone = undefined
    if (result.ok) {
      if (shape.deliver === undefined) relay(route, shape, name, client, result.server)
      else deliver(shape.deliver, name, client, result.server)
      return
    }
    client.reset()
    tell({ report: 'connect-failed', route, ...result.error, tookMs: engine.now() - beganAt })
  }
  return engine.connect(shape.server, options, onDone, client)
}

function deliver(message: string, name: string, client: Stream, server: Stream): void {
  engine.deliver(Buffer.from(message), server, () => {
    client.close()
    tell({ report: 'delivered', client: name })
  })
}

/** Tells the hash of the first `bytes` bytes. */
function watch(bytes: number, client: string, from: 'client' | 'server'): (chunk: Uint8Array) => boolean {
  const hash = createHash('sha1')
  let rest = bytes
  return (chunk) => {
    if (rest === 0) throw new Error('a watch that has seen enough was called again')
    hash.update(chunk.subarray(0, rest))
    rest -= Math.min(rest, chunk.length)
    if (rest === 0) tell({ report: 'watched', client, from, sha1: hash.digest('hex') })
    return rest === 0
  }
}

function relay(route: string, { watch: bytes }: TcpRoute, name: string, client: Stream, server: Stream): void {
  const counters = newCounters()
  const watches =
    bytes === undefined
      ? undefined
      : { fromClient: watch(bytes, name, 'client'), fromServer: watch(bytes, name, 'server') }
  const onEnd = (end: RelayEnd) => {
    relays.delete(running)
    tell({ report: 'ended', route, client: name, end, counted: counted(counters) })
  }
  const running = engine.relay(client, server, counters, onEnd, watches)
  relays.add(running)
}

function lookAt(running: Relay): RelayLook {
  const { endedBy = 'nobody' } = running
  return { endedBy, toClient: running.bytesUnderWay('client'), toServer: running.bytesUnderWay('server') }
}

// UDP

interface Flow {
  readonly client: string
  readonly route: string
  readonly socket: DatagramFlow
  readonly counters: FlowCounters
}

function openUdp(route: string, shape: UdpRoute): void {
  const known = new Map<string, Flow>()
  let port: DatagramPort | undefined
  const onDatagrams = (batch: Datagrams) => {
    for (let i = 0; i < batch.count; i++) {
      const key = batch.keys.subarray(i * KEY_WORDS, (i + 1) * KEY_WORDS).join()
      const found = known.get(key)
      const flow = found && flows.has(found) ? found : port && openFlow(route, shape, port, batch, i)
      if (!flow) continue
      known.set(key, flow)
      flow.socket.send(batch, i)
    }
  }
  const onRepliesLost = (count: number) => tell({ report: 'replies-lost', route, count })
  const handlers = { onDatagrams, onKernelDrops: () => {}, onRepliesLost }
  engine.bindDatagram({ address: shape.listen }, handlers, (result) => {
    if (result.ok) port = result.bound
    onBound(route, result, false)
  })
}

function openFlow(route: string, shape: UdpRoute, port: DatagramPort, batch: Datagrams, i: number): Flow | undefined {
  const client = formatClient(batch.keys, i * KEY_WORDS)
  const counters = newCounters()
  const onRefused = () => tell({ report: 'flow-refused', route, client })
  const result = engine.openFlow(port, batch, i, shape.server, counters, { onRefused })
  if (!result.ok) {
    tell({ report: 'flow-failed', route, ...result.error })
    return undefined
  }
  const flow = { client, route, socket: result.flow, counters }
  flows.add(flow)
  return flow
}

// Commands

const CARRY_OUT: Readonly<Record<Command, () => void>> = {
  'end-relays': () => {
    for (const running of [...relays]) running.end()
  },
  'close-quiet-relays': () => {
    tell({ report: 'quiet', closed: [...relays].filter((running) => running.closeIfQuiet()).length })
  },
  'look-at-relays': () => tell({ report: 'relays', looks: [...relays].map(lookAt) }),
  'close-flows': () => {
    for (const { client, route, socket, counters } of flows) {
      socket.close()
      tell({ report: 'flow-closed', route, client, counted: counted(counters) })
    }
    flows.clear()
  },
  'close-listeners': () => {
    for (const listener of listeners) listener.close()
    listeners.clear()
  },
  stop: () => engine.stop(),
}

function openCommand(route: string, shape: CommandRoute): void {
  const onAccept = (client: Stream) => {
    CARRY_OUT[shape.kind]()
    client.close()
  }
  const handlers = { onAccept, onAcceptError: () => {} }
  engine.listen({ address: shape.listen }, LISTEN, handlers, (result) => onBound(route, result, true))
}

/** A fixture must not outlive a suite that was killed. */
function endWithParent(parent: number): void {
  if (process.ppid === parent) engine.after(1000, () => endWithParent(parent))
  else engine.stop()
}

for (const [name, route] of Object.entries(routes)) {
  if (route.kind === 'tcp') openTcp(name, route)
  else if (route.kind === 'udp') openUdp(name, route)
  else openCommand(name, route)
}
endWithParent(process.ppid)
engine.run()
