/**
 * What one session has carried: the engine adds to it for every read, and each addition is at once on the scoreboard,
 * so bytes count while the session lives. Times are the engine's `now()`, in milliseconds.
 */

import type { WorkerColumn } from '../core/scoreboard/column.js'
import { FRONTEND_CELL, SERVER_CELL } from '../core/scoreboard/counters.js'

export class FlowCounters {
  bytesIn = 0
  bytesOut = 0
  datagramsIn = 0
  datagramsOut = 0
  /** When the last byte came, from either side; the session's start before any came. */
  lastAt: number
  /** Who sent it: whose turn it is tells an idle client from a silent server. */
  lastFrom: 'nobody' | 'client' | 'server' = 'nobody'
  private readonly cells: Float64Array
  private readonly server: number
  private readonly frontend: number

  constructor(column: WorkerColumn, frontend: number, slot: number, now: number) {
    this.cells = column.board.doubles
    this.server = column.serverCells(slot)
    this.frontend = column.frontendCells(frontend)
    this.lastAt = now
  }

  /** Goes on where another worker was; the scoreboard has its share of that already. */
  resume(past: Pick<FlowCounters, 'bytesIn' | 'bytesOut' | 'datagramsIn' | 'datagramsOut' | 'lastAt'>): void {
    this.bytesIn = past.bytesIn
    this.bytesOut = past.bytesOut
    this.datagramsIn = past.datagramsIn
    this.datagramsOut = past.datagramsOut
    this.lastAt = past.lastAt
  }

  /** TCP: `bytes` were read from the client. */
  fromClient(bytes: number, now: number): void {
    this.bytesIn += bytes
    this.lastAt = now
    this.lastFrom = 'client'
    this.add(this.server + SERVER_CELL.bytesIn, bytes)
    this.add(this.frontend + FRONTEND_CELL.bytesIn, bytes)
  }

  /** TCP: `bytes` were read from the server. */
  fromServer(bytes: number, now: number): void {
    this.bytesOut += bytes
    this.lastAt = now
    this.lastFrom = 'server'
    this.add(this.server + SERVER_CELL.bytesOut, bytes)
    this.add(this.frontend + FRONTEND_CELL.bytesOut, bytes)
  }

  /** UDP: one datagram of `bytes` was passed on to the server. */
  datagramFromClient(bytes: number, now: number): void {
    this.fromClient(bytes, now)
    this.datagramsIn++
    this.add(this.server + SERVER_CELL.datagramsIn, 1)
  }

  /** UDP: one datagram of `bytes` was passed back to the client. */
  datagramFromServer(bytes: number, now: number): void {
    this.fromServer(bytes, now)
    this.datagramsOut++
    this.add(this.server + SERVER_CELL.datagramsOut, 1)
    this.add(this.frontend + FRONTEND_CELL.datagramsOut, 1)
  }

  private add(cell: number, by: number): void {
    this.cells[cell] = (this.cells[cell] ?? 0) + by
  }
}
