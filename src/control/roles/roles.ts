/** Watches what probes find out about roles and lag, and puts it in force: who may serve which lane. */
import { EventEmitter } from 'node:events'
import { LANE_BIT } from '../../core/lane.js'
import type { Role } from '../../core/role.js'
import type { Backend } from '../registry/backend.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import { type Decision, decide, type Member } from './decide.js'
import { isTooFar, lagOf, lagWords, laterWritten, noLater, shareOf, type Written, weightAt } from './lag.js'
import { isRefusing } from './refusals.js'

export interface RolesEvents {
  /** The first role that a server shows has no former one, nor has one after probes that could not tell. */
  role: [server: Server, was: Role | undefined, is: Role]
  /** Who takes writes now; undefined where nobody does. */
  primary: [backend: Backend, was: Server | undefined, is: Server | undefined]
  /** A server must take no more writes, while it is up or another one takes them. */
  'role-lost': [server: Server]
  /** Those that say that they are the primary; empty when one is left. */
  'split-brain': [backend: Backend, rivals: readonly Server[]]
  lagging: [server: Server, is: boolean, words: string]
}

/** What is remembered of a backend. */
interface Known {
  written: Written | undefined
  /** Servers that were told of as having lost the role. */
  readonly lost: Set<Server>
}

export class Roles extends EventEmitter<RolesEvents> {
  private readonly known = new WeakMap<Backend, Known>()

  constructor(private readonly registry: Registry) {
    super()
  }

  start(): void {
    const { registry } = this
    registry.on('probed', (server) => this.heard(server))
    registry.on('health', (server) => this.look(registry.backendOf(server)))
    registry.on('admin', (server, _, is) => {
      // nobody asks it in maint, and what it was may be wrong by then
      if (is === 'maint') server.database = undefined
      this.look(registry.backendOf(server))
    })
    registry.on('weight', (server) => this.look(registry.backendOf(server)))
    registry.on('effective-weight', (server, _, __, source) => {
      if (source === 'agent') this.look(registry.backendOf(server))
    })
    registry.on('membership', () => {
      for (const backend of registry.backends) {
        if (!backend.settings.check) forgetRoles(backend)
        this.look(backend)
      }
    })
  }

  private heard(server: Server): void {
    const found = server.check?.last
    const backend = this.registry.backendOf(server)
    const known = this.known.get(backend)
    if (found?.passed) this.learn(server, found.database?.role, found.at)
    if (found && known?.written) known.written = noLater(known.written, found.at)
    this.look(backend)
  }

  /** @param is undefined where the probe cannot tell, or not any more: what it said before may be wrong by now */
  private learn(server: Server, is: Role | undefined, at: number): void {
    const was = server.role
    server.database = server.check?.last?.database
    // where the clock was set back, a claim from the future would outdo whatever is heard until then
    server.roleSince = was === is ? Math.min(server.roleSince, at) : at
    if (is && is !== was) this.emit('role', server, was, is)
  }

  private look(backend: Backend): void {
    const { servers, settings } = backend
    const known = this.known.get(backend) ?? this.begin(backend)
    if (!known) return
    this.measure(backend, known)
    const decision = decide(
      servers.map((server) => memberOf(server, settings)),
      settings.roles,
    )
    servers.forEach((server, position) => {
      this.registry.setBarred(server, decision.barred[position] ?? 0)
    })
    this.tell(backend, known, decision)
  }

  /** Nothing is to be decided before any server has shown a role. */
  private begin(backend: Backend): Known | undefined {
    if (backend.servers.every(({ role }) => role === undefined)) return undefined
    const known: Known = { written: undefined, lost: new Set() }
    this.known.set(backend, known)
    return known
  }

  private measure({ servers, settings }: Backend, known: Known): void {
    const { maxLag, weightByLag } = settings.roles
    for (const server of servers) {
      const written = writtenBy(server)
      if (written) known.written = laterWritten(known.written, written)
    }
    for (const server of servers) {
      const { database, check } = server
      server.lag = database?.role === 'replica' ? lagOf(database, check?.last?.at ?? 0, known.written) : undefined
      const share = server.lag && maxLag ? shareOf(server.lag, maxLag) : 0
      this.registry.setWeightFactor(server, 'lag', weightByLag && server.lag ? weightAt(share) : 100)
      this.setLagging(server, isTooFar(share, server.isLagging))
    }
  }

  private setLagging(server: Server, is: boolean): void {
    if (server.isLagging === is) return
    server.isLagging = is
    const why = server.lag ? lagWords(server.lag) : 'it does not say any more that it is a replica'
    this.emit('lagging', server, is, why)
  }

  private tell(backend: Backend, known: Known, { primary: position, rivals }: Decision): void {
    const { servers, primary: was, rivals: wereRivals } = backend
    const is = position === undefined ? undefined : servers[position]
    backend.primary = is
    backend.rivals = rivals.map((rival) => servers[rival]).filter((server) => server !== undefined)
    // whoever hears of a new primary may ask what became of the sessions of the former one
    for (const server of servers) this.tellOfLoss(backend, known, server)
    if (was !== is) this.emit('primary', backend, was, is)
    if (!isSame(wereRivals, backend.rivals)) this.emit('split-brain', backend, backend.rivals)
  }

  /** One that is merely down, or refuses, may be back as what it was: its sessions are for `on_down`. */
  private tellOfLoss({ primary, settings }: Backend, { lost }: Known, server: Server): void {
    const isBarred = (server.barred & LANE_BIT.primary) !== 0
    const isKnown = server.isRunning && server.role !== undefined && !isRefusing(server, settings)
    const hasLost = isBarred && (primary !== undefined || isKnown)
    if (!hasLost) lost.delete(server)
    else if (!lost.has(server)) {
      lost.add(server)
      this.emit('role-lost', server)
    }
  }
}

/** Nobody asks any more. */
function forgetRoles({ servers }: Backend): void {
  for (const server of servers) server.database = undefined
}

/** By a primary that has just been asked. */
function writtenBy({ role, database, check }: Server): Written | undefined {
  const last = check?.last
  if (role !== 'primary' || database?.position === undefined || !last?.passed) return undefined
  return { position: database.position, at: last.at, timeline: database.timeline ?? 0 }
}

function memberOf(server: Server, settings: Backend['settings']): Member {
  const { maxLag } = settings.roles
  const { role, check, database, roleSince, isLagging, lag, admin, effectiveWeight, isRunning } = server
  return {
    isUp: isRunning,
    serves: isRunning && admin === 'ready' && effectiveWeight > 0,
    isFresh: check?.last?.passed ?? false,
    isRefusing: isRefusing(server, settings),
    role,
    probedAt: check?.last?.at ?? 0,
    primarySince: role === 'primary' ? roleSince : 0,
    timeline: database?.timeline,
    isLagging,
    behind: lag && maxLag ? shareOf(lag, maxLag) : 0,
  }
}

function isSame(one: readonly Server[], other: readonly Server[]): boolean {
  return one.length === other.length && one.every((server, i) => server === other[i])
}
