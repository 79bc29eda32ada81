/** A registry over a scoreboard of its own, as small as a test needs it. */
import { Backend } from '../../src/control/registry/backend.js'
import { Frontend, storeRoutes } from '../../src/control/registry/frontend.js'
import { Registry } from '../../src/control/registry/registry.js'
import { Server } from '../../src/control/registry/server.js'
import type { Timing } from '../../src/control/timing.js'
import type { ServerAddress } from '../../src/core/address.js'
import type { AskedRole } from '../../src/core/lane.js'
import { findPolicy } from '../../src/core/policy/list.js'
import { Scoreboard } from '../../src/core/scoreboard/scoreboard.js'
import { HEALTH_CODE } from '../../src/core/server-state.js'

export interface SmallRegistryOptions {
  /** Server name to address, all in backend `db`, which frontend `front` feeds. */
  readonly servers: Readonly<Record<string, ServerAddress>>
  readonly workers?: number
  readonly logEmpty?: boolean
  readonly clock?: () => number
  /** That the frontend asks for. */
  readonly role?: AskedRole
}

/** As configured by default. */
export const NO_ROLES = {
  maxLag: undefined,
  onAllLagging: 'least-lagged',
  weightByLag: false,
  onSplitBrain: 'refuse',
} as const
export const KEEP_SESSIONS = {
  onDown: 'keep',
  onRoleLost: 'kill',
  onLag: 'keep',
  killAfterDrainMs: undefined,
  killOverMs: 0,
} as const

const TCP = { noDelay: true, keepalive: false, userTimeoutMs: 0 } as const

export function smallRegistry(options: SmallRegistryOptions): Registry {
  const { workers = 1, clock = Date.now, logEmpty = false, role = 'any' } = options
  const capacity = { servers: 8, backends: 2, frontends: 2, workers }
  const board = Scoreboard.create(new SharedArrayBuffer(Scoreboard.bytesFor(capacity)), capacity)
  const servers = Object.entries(options.servers).map(([name, address], slot) => {
    board.setServer(slot, 'weight', 100)
    board.setServer(slot, 'effectiveWeight', 100)
    if (address.family === 'name') board.setServer(slot, 'health', HEALTH_CODE.down)
    const settings = { slot, sid: slot + 1, name, backend: 'db', address, weight: 100, maxSessions: 0 }
    return new Server(board, settings, clock())
  })
  const policy = findPolicy('round-robin')
  if (!policy) throw new Error('no policy round-robin')
  const backend = new Backend(
    board,
    {
      id: 0,
      iid: 3,
      name: 'db',
      policy,
      key: 'address',
      connectTimeoutMs: 1_000,
      retries: 1,
      serverIdleMs: 0,
      waiting: { noServerMs: 0, most: 1000 },
      udpIdleMs: 60_000,
      tcp: TCP,
      source: undefined,
      check: false,
      roles: NO_ROLES,
      endings: KEEP_SESSIONS,
    },
    servers,
    clock(),
  )
  const routes = [{ backend, configured: 100 }]
  storeRoutes(board, 0, routes)
  const frontend = new Frontend(
    board,
    {
      id: 0,
      iid: 2,
      name: 'front',
      protocol: 'tcp',
      listen: [{ family: 4, host: '127.0.0.1', port: 5432 }],
      maxSessions: 0,
      clientIdleMs: 0,
      logEmpty,
      speaks: 'tcp',
      tcp: TCP,
      backlog: 128,
      deferAccept: false,
      role,
    },
    routes,
  )
  return new Registry(board, [frontend], [backend], clock)
}

/** The server of that name; fails when there is none. */
export function serverOf(registry: Registry, name: string): Server {
  const server = registry.backend('db')?.server(name)
  if (!server) throw new Error(`no server ${name}`)
  return server
}

/** Time that passes when the test says so. Timers run in order of their time; chance is always the same. */
export class ManualTiming implements Timing {
  private time = 1_800_000_000_000
  private timers: { at: number; run: () => void }[] = []
  constructor(private readonly chance = 0) {}

  readonly now = () => this.time
  readonly ticks = () => this.time
  readonly random = () => this.chance
  readonly after = (delayMs: number, run: () => void) => {
    const timer = { at: this.time + delayMs, run }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  /** Milliseconds until each timer runs, soonest first. */
  get pending(): number[] {
    return this.timers.map(({ at }) => at - this.time).sort((a, b) => a - b)
  }

  /** Goes to the next timer, runs it, and lets what awaits it come to an end. False when there is none. */
  async next(): Promise<boolean> {
    const timer = this.timers.toSorted((a, b) => a.at - b.at)[0]
    if (!timer) return false
    this.timers = this.timers.filter((other) => other !== timer)
    this.time = Math.max(this.time, timer.at)
    timer.run()
    await settled()
    return true
  }

  /** Only the clock moves. */
  pass(ms: number): void {
    this.time += ms
  }
}

/** Every promise that could be settled has been. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
