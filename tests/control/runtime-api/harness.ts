/** A runtime API over a captured registry and workers that are none, and clients that send it bytes. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { Audit } from '../../../src/control/audit/audit.js'
import { RecentEvents } from '../../../src/control/log/recent.js'
import { Rebalancing } from '../../../src/control/rebalance/rebalancing.js'
import { declaredOf } from '../../../src/control/registry/declared.js'
import type { Registry } from '../../../src/control/registry/registry.js'
import type { Level } from '../../../src/control/runtime-api/level.js'
import { type RuntimeApi, startRuntimeApi } from '../../../src/control/runtime-api/runtime-api.js'
import { StateKeeper } from '../../../src/control/state/keeper.js'
import { systemTiming } from '../../../src/control/timing.js'
import { Topology } from '../../../src/control/topology/topology.js'
import type { Generations } from '../../../src/control/upgrade/generations.js'
import type { WorkerRequests } from '../../../src/control/workers/worker-requests.js'
import { isClient } from '../../../src/core/client-key.js'
import type {
  BoundListener,
  IdleClose,
  SessionCount,
  SessionFilter,
  SessionInfo,
  SessionListFilter,
  Shape,
} from '../../../src/core/messages.js'
import { temporaryFolder } from '../../support/temporary-folder.js'
import { capturedRegistry, NOW } from './captured-registry.js'

export interface Harness {
  readonly registry: Registry
  readonly workers: FakeWorkers
  readonly events: RecentEvents
  readonly api: RuntimeApi
  readonly path: string
  close(): Promise<void>
}

export interface HarnessOptions {
  readonly level?: Level
  readonly idleMs?: number
  readonly maxClients?: number
  readonly clock?: () => number
  /** Default: the captured one. */
  readonly registry?: Registry
  /** Default: the first, and the only one. */
  readonly generations?: Generations
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { level = 'admin', clock = () => NOW, registry = capturedRegistry(clock), ...limits } = options
  const folder = temporaryFolder()
  const path = join(folder.path, 'h.sock')
  const workers = new FakeWorkers()
  const listeners = [{ address: { family: 'unix', path }, level }] as const
  const parts = partsOver(registry, workers, clock)
  const { events } = parts
  const api = await startRuntimeApi({ ...parts, listeners, clock, ...limits })
  const close = async () => {
    await api.close()
    folder.remove()
  }
  return { registry, workers, events, api, path, close }
}

/** Everything that commands see and change. */
export function partsOver(registry: Registry, workers: FakeWorkers, clock: () => number) {
  const process = { version: '0.1.0', pid: 4711, startedAt: NOW - 26_000, node: 'lbnode', isStopping: () => false }
  const audit = new Audit(registry, clock)
  const config = { ...declaredOf(registry), runtime: { maxSessions: 0 } }
  return {
    registry,
    workers,
    process,
    audit,
    topology: new Topology({ registry, workers, records: () => false, clock }),
    state: new StateKeeper({ path: undefined, config, entries: [], audit }),
    events: new RecentEvents(clock, 100),
    rebalancing: new Rebalancing({ registry, workers, timing: systemTiming }),
  }
}

/** Sessions without anybody at their ends. */
export class FakeWorkers implements WorkerRequests {
  readonly engine = 'portable'
  readonly count = 2
  readonly running = 2
  sessions: (SessionInfo & { readonly at: Required<Omit<SessionFilter, 'id'>> })[] = []

  /** What they were told, in order; they take everything. */
  readonly shapes: Shape[] = []
  async configure(shape: Shape): Promise<readonly BoundListener[]> {
    this.shapes.push(shape)
    return shape.frontends.flatMap(({ id, listeners }) => listeners.map(({ address }) => ({ frontend: id, address })))
  }
  async listSessions(filter: SessionListFilter, limit: number): Promise<readonly SessionInfo[]> {
    const { client, olderThan = 0, ...rest } = filter
    return this.matching(rest)
      .filter((session) => (client === undefined || isClient(session.client, client)) && session.ageMs >= olderThan)
      .slice(0, limit)
      .map(({ at: _, ...session }) => session)
  }
  async killSessions(filter: SessionFilter): Promise<number> {
    const killed = new Set(this.matching(filter))
    this.sessions = this.sessions.filter((session) => !killed.has(session))
    return killed.size
  }
  async countSessions(backend: number, idleMs: number): Promise<readonly SessionCount[]> {
    return this.matching({ backend }).map(({ at: { frontend, server }, ...session }) => ({
      frontend,
      server,
      live: 1,
      idle: session.idleMs >= idleMs ? 1 : 0,
    }))
  }
  async closeIdle({ frontends, server, idleMs, most }: IdleClose): Promise<number> {
    const closed = this.matching({ server })
      .filter((session) => frontends.includes(session.at.frontend) && session.idleMs >= idleMs)
      .slice(0, most)
    this.sessions = this.sessions.filter((session) => !closed.includes(session))
    return closed.length
  }
  private matching({ id, ...at }: SessionFilter) {
    return this.sessions.filter(
      (session) =>
        (id === undefined || session.id === id) &&
        (at.frontend === undefined || session.at.frontend === at.frontend) &&
        (at.backend === undefined || session.at.backend === at.backend) &&
        (at.server === undefined || session.at.server === at.server),
    )
  }
}

/** Everything that comes back when these bytes are sent, until the API closes. */
export async function exchange(path: string, bytes: string | Buffer, then: 'wait' | 'end' = 'wait'): Promise<string> {
  const socket = connect(path)
  if (then === 'end') socket.end(bytes)
  else socket.write(bytes)
  return (await collect(socket)).toString()
}

/** All bytes until the other side closed, however it did. */
export async function collect(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {})
  if (!socket.destroyed) await once(socket, 'close')
  return Buffer.concat(chunks)
}

/** Sends a line in interactive mode and returns all that comes up to the next prompt. */
export async function converse(socket: Socket, line: string): Promise<string> {
  let heard = ''
  socket.write(line)
  while (!heard.endsWith('> ')) {
    const [chunk] = await once(socket, 'data')
    heard += String(chunk)
  }
  return heard
}
