import fc from 'fast-check'
import t from 'tap'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import {
  BACKEND_COUNTERS,
  FRONTEND_COUNTERS,
  SERVER_COUNTERS,
  WORKER_COUNTERS,
} from '../../../src/core/scoreboard/counters.js'
import {
  BACKEND_FIELD,
  type Capacity,
  LIVE_FIELD,
  offsetsOf,
  ROW_BYTES,
  SERVER_FIELD,
  TABLE_BYTES,
  TABLE_SIZE,
  WORKER_FIELD,
} from '../../../src/core/scoreboard/layout.js'
import { Scoreboard, type ServerField } from '../../../src/core/scoreboard/scoreboard.js'
import { capacities, memoryKinds, newBoard, upTo } from './memory.js'

/** One number on the board: its name, how it is written and how it is read back. */
interface Cell {
  readonly name: string
  readonly write: (value: number) => void
  readonly read: () => number
}

function intCell(board: Scoreboard, name: string, index: number): Cell {
  return {
    name,
    write: (value) => Atomics.store(board.ints, index, value),
    read: () => Atomics.load(board.ints, index),
  }
}

/** Every cell of control's rows, the header's limit included. */
function rowCells(board: Scoreboard): Cell[] {
  const fields = Object.keys(SERVER_FIELD) as ServerField[] // the keys of a const object
  return [
    {
      name: 'max',
      write: (value) => {
        board.maxSessions = value
      },
      read: () => board.maxSessions,
    },
    ...upTo(board.capacity.servers).flatMap((slot) =>
      fields.map((field) => ({
        name: `server ${slot} ${field}`,
        write: (value: number) => board.setServer(slot, field, value),
        read: () => board.server(slot, field),
      })),
    ),
    ...upTo(board.capacity.backends).flatMap((backend) => [
      intCell(board, `backend ${backend} generation`, board.backendRow(backend) + BACKEND_FIELD.generation),
      intCell(board, `backend ${backend} cursor`, board.backendRow(backend) + BACKEND_FIELD.cursors.any),
      intCell(board, `backend ${backend} hold`, board.backendRow(backend) + BACKEND_FIELD.hold),
    ]),
    ...upTo(board.capacity.frontends).map((frontend) => ({
      name: `frontend ${frontend} maxSessions`,
      write: (value: number) => board.setFrontendMaxSessions(frontend, value),
      read: () => board.frontendMaxSessions(frontend),
    })),
  ]
}

/** Every cell of one worker's column. Counters are written as a worker counts. */
function columnCells(board: Scoreboard, worker: number): Cell[] {
  const column = new WorkerColumn(board, worker)
  const head = board.columnHead(worker)
  const live = (name: string, row: number) => [
    intCell(board, `${name} live`, row + LIVE_FIELD.live),
    intCell(board, `${name} peak`, row + LIVE_FIELD.peak),
  ]
  const own = `worker ${worker}`
  return [
    intCell(board, `${own} tick`, head + WORKER_FIELD.tick),
    intCell(board, `${own} live`, head + WORKER_FIELD.live),
    ...WORKER_COUNTERS.map((counter) => ({
      name: `${own} ${counter}`,
      write: (value: number) => column.count(counter, value),
      read: () => board.workerCounter(worker, counter),
    })),
    ...upTo(board.capacity.servers).flatMap((slot) => [
      ...live(`${own} server ${slot}`, board.columnServer(worker, slot)),
      ...SERVER_COUNTERS.map((counter, i) => ({
        name: `${own} server ${slot} ${counter}`,
        write: (value: number) => column.countServer(slot, counter, value),
        read: () => board.doubles[column.serverCells(slot) + i] ?? Number.NaN,
      })),
    ]),
    ...upTo(board.capacity.backends).flatMap((backend) => [
      ...live(`${own} backend ${backend}`, board.columnBackend(worker, backend)),
      ...BACKEND_COUNTERS.map((counter, i) => ({
        name: `${own} backend ${backend} ${counter}`,
        write: (value: number) => column.countBackend(backend, counter, value),
        read: () => board.doubles[board.columnBackend(worker, backend) / 2 + 1 + i] ?? Number.NaN,
      })),
    ]),
    ...upTo(board.capacity.frontends).flatMap((frontend) => [
      ...live(`${own} frontend ${frontend}`, board.columnFrontend(worker, frontend)),
      ...FRONTEND_COUNTERS.map((counter, i) => ({
        name: `${own} frontend ${frontend} ${counter}`,
        write: (value: number) => column.countFrontend(frontend, counter, value),
        read: () => board.doubles[column.frontendCells(frontend) + i] ?? Number.NaN,
      })),
    ]),
  ]
}

t.test('no two cells of a board overlap, and none lies outside of it', (t) => {
  fc.assert(
    fc.property(capacities, memoryKinds, (capacity, kind) => {
      const board = newBoard(capacity, kind)
      const cells = [...rowCells(board), ...upTo(capacity.workers).flatMap((worker) => columnCells(board, worker))]
      cells.forEach(({ write }, i) => {
        write(i + 1)
      })
      const tables = upTo(capacity.backends).flatMap((backend) => {
        const one = new Uint16Array(TABLE_SIZE).fill(2 * backend + 1)
        const two = new Uint16Array(TABLE_SIZE).fill(2 * backend + 2)
        board.replaceTable(backend, one)
        const first = board.table(backend)
        board.replaceTable(backend, two)
        return [first, board.table(backend)]
      })
      const wrong = cells.filter(({ read }, i) => read() !== i + 1).map(({ name }) => name)
      const reopened = Scoreboard.open(board.memory).capacity
      return (
        wrong.length === 0 &&
        tables.every((table, i) => table.every((entry) => entry === i + 1)) &&
        Object.entries(capacity).every(([field, value]) => reopened[field as keyof Capacity] === value)
      )
    }),
    { numRuns: 25, seed: 1 },
  )
  t.end()
})

t.test('the size is the sum of what it holds, in whole cache lines', (t) => {
  fc.assert(
    fc.property(capacities, (capacity) => {
      const { total, columnBytes } = offsetsOf(capacity)
      const with1More = (field: keyof Capacity) =>
        offsetsOf({ ...capacity, [field]: capacity[field] + 1 }).total - total
      return (
        total % 64 === 0 &&
        with1More('backends') >= ROW_BYTES + 2 * TABLE_BYTES &&
        with1More('workers') === columnBytes &&
        with1More('servers') >= ROW_BYTES &&
        with1More('frontends') >= ROW_BYTES &&
        Scoreboard.bytesFor(capacity) === total
      )
    }),
    { seed: 2 },
  )
  t.end()
})

t.test('columns begin on cache lines of their own and counters on whole doubles', (t) => {
  fc.assert(
    fc.property(capacities, (capacity) => {
      const board = newBoard(capacity)
      const rows = upTo(capacity.workers).flatMap((worker) => [
        ...upTo(capacity.servers).map((slot) => board.columnServer(worker, slot)),
        ...upTo(capacity.backends).map((backend) => board.columnBackend(worker, backend)),
        ...upTo(capacity.frontends).map((frontend) => board.columnFrontend(worker, frontend)),
      ])
      const heads = upTo(capacity.workers).map((worker) => board.columnHead(worker))
      return heads.every((head) => head % 16 === 0) && rows.every((row) => row % 2 === 0)
    }),
    { numRuns: 30, seed: 3 },
  )
  t.end()
})
