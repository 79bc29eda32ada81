/** One frontend as the control plane knows it. */
import type { Address } from '../../core/address.js'
import type { AskedRole } from '../../core/lane.js'
import type { TcpOptions } from '../../core/messages.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import type { Spoken } from '../../core/spoken.js'
import type { Backend } from './backend.js'
import type { Change } from './server.js'

export interface FrontendSettings {
  /** Row in the scoreboard. */
  readonly id: number
  /** HAProxy's `iid`: unique over frontends and backends, from 2 on. */
  readonly iid: number
  readonly name: string
  readonly protocol: 'tcp' | 'udp'
  readonly listen: readonly Address[]
  /** As configured; 0 is no limit. */
  readonly maxSessions: number
  readonly clientIdleMs: number
  readonly logEmpty: boolean
  readonly speaks: Spoken
  readonly tcp: TcpOptions
  readonly backlog: number
  readonly deferAccept: boolean
  /** Which servers of its backends. */
  readonly role: AskedRole
}

/** One of the backends that a frontend feeds. */
export interface Route {
  readonly backend: Backend
  /** Its weight in the split, 0 to 256, as configured; what holds is `Frontend.weightOf`. */
  readonly configured: number
}

/** Weights, 0 to 256, by the names of the backends. */
export type Split = Readonly<Record<string, number>>

export class Frontend {
  lastSplitChange: Change | undefined
  /** False while somebody keeps it closed. */
  isEnabled = true
  /** What is really bound, ports filled in; empty until a worker has bound it. */
  bound: readonly Address[] = []

  constructor(
    readonly board: Scoreboard,
    private present: FrontendSettings,
    private feeds: readonly Route[],
  ) {}

  get settings(): FrontendSettings {
    return this.present
  }
  /** Never empty; several where it splits. */
  get routes(): readonly Route[] {
    return this.feeds
  }
  /** For the registry: takes new settings and routes. */
  adopt(settings: FrontendSettings, routes: readonly Route[]): void {
    this.present = settings
    this.feeds = routes
    // those that had all the weight are gone
    if (isClosed(this.split)) storeRoutes(this.board, this.id, routes)
  }

  get id(): number {
    return this.settings.id
  }
  get name(): string {
    return this.settings.name
  }
  get backends(): readonly Backend[] {
    return this.routes.map(({ backend }) => backend)
  }
  weightOf({ backend }: Route): number {
    return this.board.routeWeight(this.id, backend.id)
  }
  /** As set. */
  get split(): Split {
    return Object.fromEntries(this.routes.map((route) => [route.backend.name, this.weightOf(route)]))
  }
  /** What the split would be with these weights. */
  splitWith(weights: Split): Split {
    const known = Object.entries(weights).filter(([name]) => this.backends.some((backend) => backend.name === name))
    return { ...this.split, ...Object.fromEntries(known) }
  }
  /** 0 means no limit. */
  get maxSessions(): number {
    return this.board.frontendMaxSessions(this.id)
  }
  get live(): number {
    return this.board.liveOfFrontend(this.id)
  }
}

/** Puts the weights in force for the next session of every worker. */
export function storeRoutes(board: Scoreboard, frontend: number, routes: readonly Route[]): void {
  for (const { backend, configured } of routes) board.setRouteWeight(frontend, backend.id, configured)
  board.bumpSplitGeneration(frontend)
}

/** No backend has a weight: nobody would be served. */
export function isClosed(split: Split): boolean {
  return Object.values(split).every((weight) => weight === 0)
}

/** `stable=90 canary=10`, as commands take it. */
export function formatSplit(split: Split): string {
  return Object.entries(split)
    .map(([backend, weight]) => `${backend}=${weight}`)
    .join(' ')
}
