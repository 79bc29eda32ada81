import fc from 'fast-check'
import t from 'tap'
import { clearLiveCounts, WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { memoryKinds, newBoard, upTo } from './memory.js'

const CAPACITY = { servers: 3, backends: 1, frontends: 2, workers: 3 }

/** A session of this worker, through this frontend, to this server, that moved so many bytes; still there or gone. */
const session = fc.record({
  worker: fc.nat(CAPACITY.workers - 1),
  frontend: fc.nat(CAPACITY.frontends - 1),
  server: fc.nat(CAPACITY.servers - 1),
  bytes: fc.nat(),
  ended: fc.boolean(),
})

t.test('sums over the columns are the sessions of all workers, whoever served them', (t) => {
  fc.assert(
    fc.property(fc.array(session, { maxLength: 40 }), memoryKinds, (sessions, kind) => {
      const board = newBoard(CAPACITY, kind)
      const columns = upTo(CAPACITY.workers).map((worker) => new WorkerColumn(board, worker))
      for (const { worker, frontend, server, bytes, ended } of sessions) {
        const column = columns[worker]
        column?.enterAll()
        column?.enterFrontend(frontend)
        column?.enterServer(server)
        column?.countServer(server, 'bytesIn', bytes)
        column?.countFrontend(frontend, 'accepted')
        if (!ended) continue
        column?.leaveServer(server)
        column?.leaveFrontend(frontend)
        column?.leaveAll()
      }
      const live = sessions.filter(({ ended }) => !ended)
      return (
        board.liveOfAll() === live.length &&
        upTo(CAPACITY.workers).every(
          (w) => board.liveOfWorker(w) === live.filter(({ worker }) => worker === w).length,
        ) &&
        upTo(CAPACITY.servers).every((slot) => {
          const own = live.filter(({ server }) => server === slot)
          const bytes = sessions.filter(({ server }) => server === slot).reduce((sum, each) => sum + each.bytes, 0)
          return (
            board.liveOfServer(slot) === own.length &&
            board.glimpseLive(slot) === own.length &&
            board.totalOfServer(slot, 'bytesIn') === bytes
          )
        }) &&
        upTo(CAPACITY.frontends).every(
          (id) =>
            board.liveOfFrontend(id) === live.filter(({ frontend }) => frontend === id).length &&
            board.totalOfFrontend(id, 'accepted') === sessions.filter(({ frontend }) => frontend === id).length,
        )
      )
    }),
    { seed: 1 },
  )
  t.end()
})

t.test('entering tells the live sessions over all workers and keeps their peak', (t) => {
  const board = newBoard(CAPACITY)
  const [one, two] = [new WorkerColumn(board, 0), new WorkerColumn(board, 1)]
  t.same([one.enterServer(2), two.enterServer(2), one.enterServer(2)], [1, 2, 3])
  one.leaveServer(2)
  two.leaveServer(2)
  t.equal(two.enterServer(2), 2)
  t.equal(board.peakOfServer(2), 3)
  t.same([one.enterFrontend(1), two.enterFrontend(1)], [1, 2])
  t.equal(board.peakOfFrontend(1), 2)
  t.same([one.enterAll(), two.enterAll()], [1, 2])
  t.equal(board.peakOfServer(0), 0)
  t.same([one.beginWaiting(0), two.beginWaiting(0)], [1, 2])
  one.endWaiting(0)
  t.same([board.waitingFor(0), board.peakWaitingFor(0)], [1, 2])
  board.clearPeaks()
  t.equal(board.peakWaitingFor(0), 1)
  t.end()
})

t.test('a dead worker leaves no live session behind, and all that it counted', (t) => {
  const board = newBoard(CAPACITY)
  const [dead, alive] = [new WorkerColumn(board, 0), new WorkerColumn(board, 2)]
  for (const column of [dead, dead, alive]) {
    column.enterAll()
    column.enterFrontend(1)
    column.enterServer(0)
    column.countServer(0, 'sessions')
    column.countFrontend(1, 'sessions')
    column.beginWaiting(0)
    column.countBackend(0, 'waited')
  }
  t.equal(clearLiveCounts(board, 0), 2)
  t.same([board.liveOfAll(), board.liveOfFrontend(1), board.liveOfServer(0)], [1, 1, 1])
  t.same([board.totalOfServer(0, 'sessions'), board.totalOfFrontend(1, 'sessions')], [3, 3])
  t.same([board.waitingFor(0), board.totalOfBackend(0, 'waited')], [1, 3])
  t.same([board.liveOfWorker(0), board.liveOfWorker(2)], [0, 1])
  t.equal(clearLiveCounts(board, 0), 0)
  t.end()
})

t.test('counts beyond 2^32 are exact: they are bytes of long sessions', (t) => {
  const board = newBoard(CAPACITY)
  const column = new WorkerColumn(board, 1)
  column.countServer(1, 'bytesOut', 2 ** 40)
  column.countServer(1, 'bytesOut', 3)
  t.equal(board.totalOfServer(1, 'bytesOut'), 2 ** 40 + 3)
  t.end()
})

t.test('a turn of the loop shows in the tick of its own worker', (t) => {
  const board = newBoard(CAPACITY)
  const column = new WorkerColumn(board, 1)
  column.tick()
  column.tick()
  column.count('loops', 2)
  t.same([board.tick(0), board.tick(1), board.tick(2)], [0, 2, 0])
  t.same([board.workerCounter(0, 'loops'), board.workerCounter(1, 'loops')], [0, 2])
  t.end()
})
