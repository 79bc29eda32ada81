/** Tells of a primary that went away, and of the one that took its place: who, how many sessions were reset, how long it took. */
import { EventEmitter } from 'node:events'
import type { Endings } from '../endings/endings.js'
import type { Backend } from '../registry/backend.js'
import type { Registry } from '../registry/registry.js'
import type { Server } from '../registry/server.js'
import type { Timing } from '../timing.js'
import type { Roles } from './roles.js'

export interface Move {
  readonly backend: Backend
  /** The same as `to` when it only came back. */
  readonly from: Server
  readonly to: Server
  /** Of the former primary, reset on the way, or ended by itself when it died. */
  readonly sessions: number
  /** Milliseconds from when the former one was last seen as the primary until new sessions went to the other. */
  readonly tookMs: number
}

export interface FailoversEvents {
  /** Nobody takes writes. */
  lost: [backend: Backend, former: Server]
  moved: [move: Move]
}

interface Sight {
  /** Milliseconds of `ticks`. */
  readonly at: number
  readonly live: number
  /** Sessions that it had ended itself by then. */
  readonly ended: number
}

/** A primary that is away. */
interface Absence {
  readonly former: Server
  readonly lastSeen: Sight
  killed: number
}

export class Failovers extends EventEmitter<FailoversEvents> {
  private readonly absences = new WeakMap<Backend, Absence>()
  /** When the present primary of a backend last said that it is. */
  private readonly seen = new WeakMap<Backend, Sight>()

  constructor(
    private readonly registry: Registry,
    private readonly roles: Roles,
    private readonly endings: Endings,
    private readonly timing: Pick<Timing, 'ticks'>,
  ) {
    super()
  }

  start(): void {
    this.registry.on('probed', (server) => this.note(server))
    this.roles.on('primary', (backend, was, is) => this.changed(backend, was, is))
    this.endings.on('killed', (server, _, sessions) => {
      // a reload may have removed the backend while workers killed
      const backend = this.registry.backend(server.settings.backend)
      const absence = backend && this.absences.get(backend)
      if (absence?.former === server) absence.killed += sessions
    })
  }

  private note(server: Server): void {
    const last = server.check?.last
    const backend = this.registry.backendOf(server)
    if (last?.passed && last.database?.role === 'primary' && backend.primary === server) {
      this.seen.set(backend, sightOf(server, this.timing.ticks()))
    }
  }

  private changed(backend: Backend, was: Server | undefined, is: Server | undefined): void {
    const now = this.timing.ticks()
    if (was) {
      const lastSeen = this.seen.get(backend) ?? sightOf(was, now)
      this.absences.set(backend, { former: was, lastSeen, killed: 0 })
      if (!is) this.emit('lost', backend, was)
    }
    if (is) void this.returned(backend, is, now)
  }

  private async returned(backend: Backend, to: Server, now: number): Promise<void> {
    this.seen.set(backend, sightOf(to, now))
    const absence = this.absences.get(backend)
    if (!absence) return
    const { former: from, lastSeen } = absence
    await this.endings.settled()
    if (this.absences.get(backend) === absence) this.absences.delete(backend)
    const ended = sightOf(from, now).ended - lastSeen.ended
    // some had ended before it died: clients that say good-bye leave it to the server to close first
    const sessions = absence.killed + Math.min(ended, lastSeen.live)
    this.emit('moved', { backend, from, to, sessions, tookMs: now - lastSeen.at })
  }
}

/** A server that dies ends its sessions by resets, or in order where all that came to it had been read. */
function sightOf({ board, slot, live }: Server, at: number): Sight {
  return { at, live, ended: board.totalOfServer(slot, 'serverAborts') + board.totalOfServer(slot, 'serverCloses') }
}
