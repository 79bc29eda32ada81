/** The shared block as typed views, and the one way to find a cell in it. Takes the memory as an argument. */

import { HOLD_CODE, HOLDS, type Hold } from '../hold.js'
import type { Lane } from '../lane.js'
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
import {
  BACKEND_FIELD,
  type Capacity,
  COLUMN_BACKEND_BYTES,
  COLUMN_FRONTEND_BYTES,
  COLUMN_SERVER_BYTES,
  FRONTEND_FIELD,
  HEADER,
  LAYOUT_VERSION,
  LIVE_FIELD,
  type Offsets,
  offsetsOf,
  ROW_BYTES,
  SERVER_FIELD,
  TABLE_BYTES,
  TABLE_SIZE,
  WORKER_FIELD,
} from './layout.js'

export type ServerField = keyof typeof SERVER_FIELD

export class Scoreboard {
  readonly ints: Int32Array
  readonly doubles: Float64Array
  readonly offsets: Offsets
  /** Views of the Maglev buffers, made at first use: a pick must not allocate one. */
  private readonly tables: Uint16Array[] = []

  private constructor(
    readonly memory: ArrayBufferLike,
    readonly capacity: Capacity,
  ) {
    this.offsets = offsetsOf(capacity)
    if (memory.byteLength < this.offsets.total) {
      throw new Error(`scoreboard: ${memory.byteLength} bytes of memory, its capacity needs ${this.offsets.total}`)
    }
    this.ints = new Int32Array(memory)
    this.doubles = new Float64Array(memory)
  }

  /** Bytes that `create` needs; always a multiple of 64. */
  static bytesFor(capacity: Capacity): number {
    return offsetsOf(capacity).total
  }

  /** Lays a new board over zeroed memory. */
  static create(memory: ArrayBufferLike, capacity: Capacity): Scoreboard {
    const board = new Scoreboard(memory, capacity)
    const { servers, backends, frontends, workers } = capacity
    for (const [field, value] of Object.entries({ servers, backends, frontends, workers })) {
      board.ints[HEADER[field as keyof Capacity]] = value // Object.entries widens the key
    }
    board.ints[HEADER.version] = LAYOUT_VERSION
    return board
  }

  /** Opens a board that another process or thread created; throws when its layout is not ours. */
  static open(memory: ArrayBufferLike): Scoreboard {
    const header = new Int32Array(memory, 0, 16)
    const field = (name: keyof typeof HEADER) => header[HEADER[name]] ?? 0
    if (field('version') !== LAYOUT_VERSION) {
      throw new Error(`scoreboard: layout version ${field('version')}, expected ${LAYOUT_VERSION}`)
    }
    return new Scoreboard(memory, {
      servers: field('servers'),
      backends: field('backends'),
      frontends: field('frontends'),
      workers: field('workers'),
    })
  }

  // Control's rows. Atomics give other processes the order: fields first, then the backend's generation.

  server(slot: number, field: ServerField): number {
    return Atomics.load(this.ints, this.serverRow(slot) + SERVER_FIELD[field])
  }
  setServer(slot: number, field: ServerField, value: number): void {
    Atomics.store(this.ints, this.serverRow(slot) + SERVER_FIELD[field], value)
  }
  /** Int32 index of a server's row. */
  serverRow(slot: number): number {
    return (this.offsets.servers + slot * ROW_BYTES) / 4
  }

  generation(backend: number): number {
    return Atomics.load(this.ints, this.backendRow(backend) + BACKEND_FIELD.generation)
  }
  /** To be called after every change of a server's fields: tells the workers' policies to look again. */
  bumpGeneration(backend: number): void {
    Atomics.add(this.ints, this.backendRow(backend) + BACKEND_FIELD.generation, 1)
  }
  /** The next number of a lane's one sequence over all workers, 0 to 2^32 - 1, wrapping. */
  advanceCursor(backend: number, lane: Lane = 'any'): number {
    return Atomics.add(this.ints, this.backendRow(backend) + BACKEND_FIELD.cursors[lane], 1) >>> 0
  }
  /** What is said of its new sessions; holds for the next pick, without a new generation. */
  hold(backend: number): Hold {
    return HOLDS[Atomics.load(this.ints, this.backendRow(backend) + BACKEND_FIELD.hold)] ?? 'none'
  }
  setHold(backend: number, hold: Hold): void {
    Atomics.store(this.ints, this.backendRow(backend) + BACKEND_FIELD.hold, HOLD_CODE[hold])
  }
  /** For workers whose control plane is gone. */
  endHolds(): void {
    for (let backend = 0; backend < this.capacity.backends; backend++) this.setHold(backend, 'none')
  }
  backendRow(backend: number): number {
    return (this.offsets.backends + backend * ROW_BYTES) / 4
  }

  /** 0 means no limit. */
  frontendMaxSessions(frontend: number): number {
    return Atomics.load(this.ints, this.frontendRow(frontend) + FRONTEND_FIELD.maxSessions)
  }
  setFrontendMaxSessions(frontend: number, max: number): void {
    Atomics.store(this.ints, this.frontendRow(frontend) + FRONTEND_FIELD.maxSessions, max)
  }
  frontendRow(frontend: number): number {
    return (this.offsets.frontends + frontend * ROW_BYTES) / 4
  }

  /** Weight of a backend in the split of a frontend, 0 to 256. By row, so that it means the same under any shape. */
  routeWeight(frontend: number, backend: number): number {
    return Atomics.load(this.ints, this.routeCell(frontend, backend))
  }
  setRouteWeight(frontend: number, backend: number, weight: number): void {
    Atomics.store(this.ints, this.routeCell(frontend, backend), weight)
  }
  private routeCell(frontend: number, backend: number): number {
    return this.offsets.routes / 4 + frontend * this.capacity.backends + backend
  }
  splitGeneration(frontend: number): number {
    return Atomics.load(this.ints, this.frontendRow(frontend) + FRONTEND_FIELD.generation)
  }
  /** To be called after the weights of a split changed: tells the workers to look again. */
  bumpSplitGeneration(frontend: number): void {
    Atomics.add(this.ints, this.frontendRow(frontend) + FRONTEND_FIELD.generation, 1)
  }
  /** The next number of the frontend's one sequence over all workers, 0 to 2^32 - 1, wrapping. */
  advanceSplitCursor(frontend: number): number {
    return Atomics.add(this.ints, this.frontendRow(frontend) + FRONTEND_FIELD.cursor, 1) >>> 0
  }
  /** The same for sessions that cannot go where their turn was. */
  advanceDetourCursor(frontend: number): number {
    return Atomics.add(this.ints, this.frontendRow(frontend) + FRONTEND_FIELD.detourCursor, 1) >>> 0
  }

  /** Limit over all frontends; 0 means none. */
  get maxSessions(): number {
    return Atomics.load(this.ints, HEADER.maxSessions)
  }
  set maxSessions(max: number) {
    Atomics.store(this.ints, HEADER.maxSessions, max)
  }

  /** The Maglev table in force for a backend: server positions, NO_ENTRY where there is none. */
  table(backend: number): Uint16Array {
    return this.tableBuffer(backend, Atomics.load(this.ints, this.backendRow(backend) + BACKEND_FIELD.table))
  }
  /** Fills the spare table and puts it in force; readers never see a half-built one. */
  replaceTable(backend: number, entries: Uint16Array): void {
    const field = this.backendRow(backend) + BACKEND_FIELD.table
    const spare = 1 - Atomics.load(this.ints, field)
    this.tableBuffer(backend, spare).set(entries)
    Atomics.store(this.ints, field, spare)
  }
  private tableBuffer(backend: number, which: number): Uint16Array {
    const index = backend * 2 + which
    const known = this.tables[index]
    if (known) return known
    const view = new Uint16Array(this.memory, this.offsets.tables + index * TABLE_BYTES, TABLE_SIZE)
    this.tables[index] = view
    return view
  }

  // Worker columns: where they are. Writing in them is in column.ts.

  /** Int32 index of a worker column's head. */
  columnHead(worker: number): number {
    return this.columnOffset(worker) / 4
  }
  /** Int32 index of the live fields of a server in a worker's column. */
  columnServer(worker: number, slot: number): number {
    return (this.columnOffset(worker) + this.offsets.columnServers + slot * COLUMN_SERVER_BYTES) / 4
  }
  /** Int32 index of the live fields of a backend in a worker's column. */
  columnBackend(worker: number, backend: number): number {
    return (this.columnOffset(worker) + this.offsets.columnBackends + backend * COLUMN_BACKEND_BYTES) / 4
  }
  /** Int32 index of the live fields of a frontend in a worker's column. */
  columnFrontend(worker: number, frontend: number): number {
    return (this.columnOffset(worker) + this.offsets.columnFrontends + frontend * COLUMN_FRONTEND_BYTES) / 4
  }
  private columnOffset(worker: number): number {
    return this.offsets.columns + worker * this.offsets.columnBytes
  }

  /** Makes a server's cells in every column as good as new. Only while no worker can write to them. */
  clearServer(slot: number): void {
    for (let w = 0; w < this.capacity.workers; w++) this.clear(this.columnServer(w, slot), COLUMN_SERVER_BYTES)
  }
  /** The same for a backend. */
  clearBackend(backend: number): void {
    for (let w = 0; w < this.capacity.workers; w++) this.clear(this.columnBackend(w, backend), COLUMN_BACKEND_BYTES)
  }
  /** The same for a frontend. */
  clearFrontend(frontend: number): void {
    for (let w = 0; w < this.capacity.workers; w++) this.clear(this.columnFrontend(w, frontend), COLUMN_FRONTEND_BYTES)
  }
  private clear(row: number, bytes: number): void {
    this.ints.fill(0, row, row + bytes / 4)
  }

  // Sums over all workers.

  liveOfServer(slot: number): number {
    let sum = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      sum += Atomics.load(this.ints, this.columnServer(w, slot) + LIVE_FIELD.live)
    }
    return sum
  }
  /**
   * liveOfServer by plain loads, at a tenth of the cost: for choosing, where a count may be a moment old. A limit is kept
   * by the atomic sum of WorkerColumn.enterServer, which must see what the others have just added.
   */
  glimpseLive(slot: number): number {
    const stride = this.offsets.columnBytes / 4
    let cell = this.columnServer(0, slot) + LIVE_FIELD.live
    let sum = 0
    for (let w = 0; w < this.capacity.workers; w++, cell += stride) sum += this.ints[cell] ?? 0
    return sum
  }
  /** Sessions that wait for a server of this backend. */
  waitingFor(backend: number): number {
    let sum = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      sum += Atomics.load(this.ints, this.columnBackend(w, backend) + LIVE_FIELD.live)
    }
    return sum
  }
  liveOfFrontend(frontend: number): number {
    let sum = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      sum += Atomics.load(this.ints, this.columnFrontend(w, frontend) + LIVE_FIELD.live)
    }
    return sum
  }
  liveOfAll(): number {
    let sum = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      sum += Atomics.load(this.ints, this.columnHead(w) + WORKER_FIELD.live)
    }
    return sum
  }
  /** The most sessions alive at once that any worker saw over all workers. */
  peakOfServer(slot: number): number {
    let peak = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      peak = Math.max(peak, Atomics.load(this.ints, this.columnServer(w, slot) + LIVE_FIELD.peak))
    }
    return peak
  }
  peakWaitingFor(backend: number): number {
    let peak = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      peak = Math.max(peak, Atomics.load(this.ints, this.columnBackend(w, backend) + LIVE_FIELD.peak))
    }
    return peak
  }
  peakOfFrontend(frontend: number): number {
    let peak = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      peak = Math.max(peak, Atomics.load(this.ints, this.columnFrontend(w, frontend) + LIVE_FIELD.peak))
    }
    return peak
  }
  /**
   * Peaks begin again at what is alive now. They stand in the workers' columns, and a worker may raise one at this very
   * moment: it is a peak all the same.
   */
  clearPeaks(): void {
    for (let w = 0; w < this.capacity.workers; w++) {
      for (let slot = 0; slot < this.capacity.servers; slot++) {
        Atomics.store(this.ints, this.columnServer(w, slot) + LIVE_FIELD.peak, this.liveOfServer(slot))
      }
      for (let backend = 0; backend < this.capacity.backends; backend++) {
        Atomics.store(this.ints, this.columnBackend(w, backend) + LIVE_FIELD.peak, this.waitingFor(backend))
      }
      for (let frontend = 0; frontend < this.capacity.frontends; frontend++) {
        Atomics.store(this.ints, this.columnFrontend(w, frontend) + LIVE_FIELD.peak, this.liveOfFrontend(frontend))
      }
    }
  }
  totalOfServer(slot: number, counter: ServerCounter): number {
    let sum = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      sum += this.doubles[this.columnServer(w, slot) / 2 + 1 + SERVER_CELL[counter]] ?? 0
    }
    return sum
  }
  totalOfBackend(backend: number, counter: BackendCounter): number {
    let sum = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      sum += this.doubles[this.columnBackend(w, backend) / 2 + 1 + BACKEND_CELL[counter]] ?? 0
    }
    return sum
  }
  totalOfFrontend(frontend: number, counter: FrontendCounter): number {
    let sum = 0
    for (let w = 0; w < this.capacity.workers; w++) {
      sum += this.doubles[this.columnFrontend(w, frontend) / 2 + 1 + FRONTEND_CELL[counter]] ?? 0
    }
    return sum
  }
  workerCounter(worker: number, counter: WorkerCounter): number {
    return this.doubles[this.columnHead(worker) / 2 + 1 + WORKER_CELL[counter]] ?? 0
  }
  tick(worker: number): number {
    return Atomics.load(this.ints, this.columnHead(worker) + WORKER_FIELD.tick)
  }
  /** Live sessions of one worker. */
  liveOfWorker(worker: number): number {
    return Atomics.load(this.ints, this.columnHead(worker) + WORKER_FIELD.live)
  }
}
