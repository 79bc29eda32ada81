import t from 'tap'
import { BACKEND_FIELD, HEADER, LAYOUT_VERSION, NO_ENTRY, TABLE_SIZE } from '../../../src/core/scoreboard/layout.js'
import { Scoreboard } from '../../../src/core/scoreboard/scoreboard.js'
import { newBoard, newMemory } from './memory.js'

const CAPACITY = { servers: 3, backends: 2, frontends: 2, workers: 2 }

for (const kind of ['process', 'thread'] as const) {
  t.test(`two views of the memory of a ${kind} see each other's stores`, (t) => {
    const control = newBoard(CAPACITY, kind)
    const worker = Scoreboard.open(control.memory)
    t.same(worker.capacity, CAPACITY)
    control.setServer(2, 'effectiveWeight', 77)
    control.maxSessions = 5
    t.equal(worker.server(2, 'effectiveWeight'), 77)
    t.equal(worker.maxSessions, 5)
    t.same([control.advanceCursor(1), worker.advanceCursor(1), control.advanceCursor(0)], [0, 1, 0])
    t.end()
  })
}

t.test('memory may be larger than the board: mappings come in whole pages', (t) => {
  const memory = newMemory(Math.ceil(Scoreboard.bytesFor(CAPACITY) / 4096) * 4096, 'process')
  Scoreboard.create(memory, CAPACITY)
  t.same(Scoreboard.open(memory).capacity, CAPACITY)
  t.end()
})

t.test('a board of another version, or none at all, is refused with both versions named', (t) => {
  const board = newBoard(CAPACITY)
  board.ints[HEADER.version] = LAYOUT_VERSION + 1
  const expected = `expected ${LAYOUT_VERSION}`
  t.throws(() => Scoreboard.open(board.memory), {
    message: `scoreboard: layout version ${LAYOUT_VERSION + 1}, ${expected}`,
  })
  t.throws(() => Scoreboard.open(new ArrayBuffer(4096)), { message: `scoreboard: layout version 0, ${expected}` })
  t.end()
})

t.test('memory too small for the capacity is refused', (t) => {
  const bytes = Scoreboard.bytesFor(CAPACITY)
  t.throws(() => Scoreboard.create(new ArrayBuffer(bytes - 64), CAPACITY), {
    message: `scoreboard: ${bytes - 64} bytes of memory, its capacity needs ${bytes}`,
  })
  t.end()
})

t.test('the cursor is unsigned and wraps at 2^32', (t) => {
  const board = newBoard(CAPACITY)
  Atomics.store(board.ints, board.backendRow(1) + BACKEND_FIELD.cursors.any, 2 ** 31 - 1)
  t.same([board.advanceCursor(1), board.advanceCursor(1)], [2 ** 31 - 1, 2 ** 31])
  Atomics.store(board.ints, board.backendRow(1) + BACKEND_FIELD.cursors.any, -1)
  t.same([board.advanceCursor(1), board.advanceCursor(1)], [2 ** 32 - 1, 0])
  t.end()
})

t.test('a new table comes into force whole, and a reader of the old one is not disturbed', (t) => {
  const control = newBoard(CAPACITY)
  const worker = Scoreboard.open(control.memory)
  const filled = (entry: number) => new Uint16Array(TABLE_SIZE).fill(entry)
  control.replaceTable(1, filled(3))
  const old = worker.table(1)
  control.replaceTable(1, filled(NO_ENTRY))
  t.ok(old.every((entry) => entry === 3))
  t.ok(worker.table(1).every((entry) => entry === NO_ENTRY))
  t.ok(
    worker.table(0).every((entry) => entry === 0),
    'the other backend keeps its own',
  )
  t.end()
})

t.test('reading the table again makes no new view', (t) => {
  const board = newBoard(CAPACITY)
  t.equal(board.table(0), board.table(0))
  t.end()
})

t.test('each change of a backend counts its generation up, and its own only', (t) => {
  const board = newBoard(CAPACITY)
  const before = [board.generation(0), board.generation(1)] as const
  board.bumpGeneration(1)
  t.equal(board.generation(0), before[0])
  t.not(board.generation(1), before[1])
  t.end()
})
