/** A worker's own column of the scoreboard: the only cells a worker writes, and it is their only writer. */
import {
  BACKEND_CELL,
  type BackendCounter,
  FRONTEND_CELL,
  type FrontendCounter,
  SERVER_CELL,
  type ServerCounter,
  WORKER_CELL,
  type WorkerCounter,
} from './counters.js'
import { LIVE_FIELD, WORKER_FIELD } from './layout.js'
import type { Scoreboard } from './scoreboard.js'

export class WorkerColumn {
  private readonly head: number

  constructor(
    readonly board: Scoreboard,
    readonly worker: number,
  ) {
    this.head = board.columnHead(worker)
  }

  /** Shows that this worker's loop turns; control replaces a worker whose tick stands still. */
  tick(): void {
    Atomics.add(this.board.ints, this.head + WORKER_FIELD.tick, 1)
  }

  /** Counts a session into this server and returns the server's live sessions over all workers, itself included. */
  enterServer(slot: number): number {
    return this.enter(this.board.columnServer(this.worker, slot), this.board.liveOfServer, slot)
  }
  leaveServer(slot: number): void {
    Atomics.sub(this.board.ints, this.board.columnServer(this.worker, slot) + LIVE_FIELD.live, 1)
  }
  enterFrontend(frontend: number): number {
    return this.enter(this.board.columnFrontend(this.worker, frontend), this.board.liveOfFrontend, frontend)
  }
  leaveFrontend(frontend: number): void {
    Atomics.sub(this.board.ints, this.board.columnFrontend(this.worker, frontend) + LIVE_FIELD.live, 1)
  }
  /** Counts a session that waits for a server of this backend; returns how many do over all workers, itself included. */
  beginWaiting(backend: number): number {
    return this.enter(this.board.columnBackend(this.worker, backend), this.board.waitingFor, backend)
  }
  endWaiting(backend: number): void {
    Atomics.sub(this.board.ints, this.board.columnBackend(this.worker, backend) + LIVE_FIELD.live, 1)
  }
  /** Counts a session into the process-wide limit; returns the live sessions over all workers, itself included. */
  enterAll(): number {
    Atomics.add(this.board.ints, this.head + WORKER_FIELD.live, 1)
    return this.board.liveOfAll()
  }
  leaveAll(): void {
    Atomics.sub(this.board.ints, this.head + WORKER_FIELD.live, 1)
  }

  private enter(row: number, sum: (id: number) => number, id: number): number {
    Atomics.add(this.board.ints, row + LIVE_FIELD.live, 1)
    const live = sum.call(this.board, id)
    if (live > (this.board.ints[row + LIVE_FIELD.peak] ?? 0)) this.board.ints[row + LIVE_FIELD.peak] = live
    return live
  }

  countServer(slot: number, counter: ServerCounter, by = 1): void {
    this.add(this.serverCells(slot) + SERVER_CELL[counter], by)
  }
  countBackend(backend: number, counter: BackendCounter, by = 1): void {
    this.add(this.board.columnBackend(this.worker, backend) / 2 + 1 + BACKEND_CELL[counter], by)
  }
  countFrontend(frontend: number, counter: FrontendCounter, by = 1): void {
    this.add(this.frontendCells(frontend) + FRONTEND_CELL[counter], by)
  }
  count(counter: WorkerCounter, by = 1): void {
    this.add(this.head / 2 + 1 + WORKER_CELL[counter], by)
  }

  /** Float64 index of a server's first counter: for callers that count per read and keep the index. */
  serverCells(slot: number): number {
    return this.board.columnServer(this.worker, slot) / 2 + 1
  }
  /** Float64 index of a frontend's first counter. */
  frontendCells(frontend: number): number {
    return this.board.columnFrontend(this.worker, frontend) / 2 + 1
  }

  private add(cell: number, by: number): void {
    this.board.doubles[cell] = (this.board.doubles[cell] ?? 0) + by
  }
}

/** Control's duty after a worker died: its sessions are gone, what it counted stays. Returns how many it had. */
export function clearLiveCounts(board: Scoreboard, worker: number): number {
  const { ints, capacity } = board
  for (let slot = 0; slot < capacity.servers; slot++) {
    Atomics.store(ints, board.columnServer(worker, slot) + LIVE_FIELD.live, 0)
  }
  for (let backend = 0; backend < capacity.backends; backend++) {
    Atomics.store(ints, board.columnBackend(worker, backend) + LIVE_FIELD.live, 0)
  }
  for (let frontend = 0; frontend < capacity.frontends; frontend++) {
    Atomics.store(ints, board.columnFrontend(worker, frontend) + LIVE_FIELD.live, 0)
  }
  return Atomics.exchange(ints, board.columnHead(worker) + WORKER_FIELD.live, 0)
}
