/**
 * Everything that is configured, by name, and the one way to change a server at run time. A change is stored on the
 * scoreboard before the call returns: it holds for the next pick of every worker.
 */
import { EventEmitter } from 'node:events'
import type { Address } from '../../core/address.js'
import { serverIdentity } from '../../core/candidates.js'
import { buildTable } from '../../core/policy/maglev-table.js'
import type { Scoreboard } from '../../core/scoreboard/scoreboard.js'
import { ADMIN_CODE, type AdminState, HEALTH_CODE, type Health } from '../../core/server-state.js'
import type { Backend } from './backend.js'
import type { Frontend } from './frontend.js'
import type { Server } from './server.js'

/** What happened to a server or backend, for the log, events and metrics. */
export interface RegistryEvents {
  admin: [server: Server, was: AdminState, is: AdminState, by: string]
  weight: [server: Server, was: number, is: number, by: string]
  health: [server: Server, is: Health, why: string]
  /** The server's numeric address changed: workers must be told. */
  address: [server: Server, was: Address | undefined]
  /** The backend lost its last server in rotation, or has one again. */
  backend: [backend: Backend, is: 'up' | 'down', why: string]
}

export class Registry extends EventEmitter<RegistryEvents> {
  private readonly wasUp = new Map<Backend, boolean>()

  constructor(
    readonly board: Scoreboard,
    readonly frontends: readonly Frontend[],
    readonly backends: readonly Backend[],
    private readonly clock: () => number = Date.now,
  ) {
    super()
    for (const backend of backends) {
      this.wasUp.set(backend, backend.serving.length > 0)
      this.rebuildTable(backend)
    }
  }

  frontend(name: string): Frontend | undefined {
    return this.frontends.find((frontend) => frontend.name === name)
  }
  backend(name: string): Backend | undefined {
    return this.backends.find((backend) => backend.name === name)
  }
  backendOf(server: Server): Backend {
    const backend = this.backend(server.settings.backend)
    if (!backend) throw new Error(`server ${server.path} has no backend`)
    return backend
  }

  setAdmin(server: Server, state: AdminState, by: string): void {
    const was = server.admin
    if (was === state) return
    this.noteDowntime(server)
    this.board.setServer(server.slot, 'admin', ADMIN_CODE[state])
    server.lastAdminChange = { by, at: this.clock() }
    this.touch(server)
    this.emit('admin', server, was, state, by)
    this.noteBackend(server, `${server.path} set to ${state}`)
  }

  /** @param weight 0 to 256 */
  setWeight(server: Server, weight: number, by: string): void {
    const was = server.weight
    if (was === weight) return
    this.noteDowntime(server)
    this.board.setServer(server.slot, 'weight', weight)
    this.board.setServer(server.slot, 'effectiveWeight', weight)
    server.lastWeightChange = { by, at: this.clock() }
    this.rebuildTable(this.backendOf(server))
    this.touch(server)
    this.emit('weight', server, was, weight, by)
    this.noteBackend(server, `weight of ${server.path} set to ${weight}`)
  }

  setHealth(server: Server, health: Health, why: string): void {
    if (server.health === health) return
    this.noteDowntime(server)
    this.board.setServer(server.slot, 'health', HEALTH_CODE[health])
    server.lastHealthChange = { why, at: this.clock() }
    this.touch(server)
    this.emit('health', server, health, why)
    this.noteBackend(server, why)
  }

  setAddress(server: Server, address: Address): void {
    const was = server.resolved
    server.resolved = address
    this.emit('address', server, was)
  }

  private touch(server: Server): void {
    server.changedAt = this.clock()
    this.board.bumpGeneration(this.backendOf(server).id)
  }

  private noteDowntime(server: Server): void {
    if (!server.isRunning) server.downMs += this.clock() - server.changedAt
  }

  private noteBackend(server: Server, why: string): void {
    const backend = this.backendOf(server)
    const isUp = backend.serving.length > 0
    if (this.wasUp.get(backend) === isUp) return
    this.wasUp.set(backend, isUp)
    if (isUp) backend.downMs += this.clock() - backend.changedAt
    else backend.downs++
    backend.changedAt = this.clock()
    this.emit('backend', backend, isUp ? 'up' : 'down', why)
  }

  private rebuildTable(backend: Backend): void {
    if (!backend.settings.policy.tabled) return
    const members = backend.servers.map((server) => ({ identity: serverIdentity(server.name), weight: server.weight }))
    this.board.replaceTable(backend.id, buildTable(members))
  }
}
