import t from 'tap'
import {
  ADMIN_CODE,
  ADMIN_STATES,
  adminOf,
  HEALTH_CODE,
  HEALTH_STATES,
  healthOf,
  isEligible,
  isServing,
} from '../../src/core/server-state.js'
import { TestBackend } from './test-backend.js'

t.test('a server serves when it is ready, up and weighted, and is eligible below its limit, too', (t) => {
  for (const admin of ADMIN_STATES) {
    for (const health of HEALTH_STATES) {
      for (const weight of [0, 1, 256]) {
        for (const [maxSessions, live] of [
          [0, 0],
          [0, 5],
          [2, 0],
          [2, 1],
          [2, 2],
          [2, 3],
        ] as const) {
          const backend = new TestBackend([{ name: 's', admin, health, weight, maxSessions, live }])
          const { board } = backend
          const slot = backend.slot(0)
          const serving = admin === 'ready' && health === 'up' && weight > 0
          const words = `${admin} ${health} weight ${weight} with ${live} of ${maxSessions}`
          t.equal(isServing(board, slot), serving, words)
          t.equal(isEligible(board, slot), serving && (maxSessions === 0 || live < maxSessions), words)
        }
      }
    }
  }
  t.end()
})

t.test('both axes are read back as they were stored, each by itself', (t) => {
  const backend = new TestBackend([{ name: 's' }])
  const slot = backend.slot(0)
  for (const admin of ADMIN_STATES) {
    for (const health of HEALTH_STATES) {
      backend.set(0, 'admin', ADMIN_CODE[admin])
      backend.set(0, 'health', HEALTH_CODE[health])
      t.same([adminOf(backend.board, slot), healthOf(backend.board, slot)], [admin, health])
    }
  }
  t.end()
})

t.test('a code that nobody knows is read as the careful state', (t) => {
  const backend = new TestBackend([{ name: 's' }])
  backend.set(0, 'admin', 9)
  backend.set(0, 'health', 9)
  t.same([adminOf(backend.board, backend.slot(0)), healthOf(backend.board, backend.slot(0))], ['maint', 'down'])
  t.equal(isEligible(backend.board, backend.slot(0)), false)
  t.end()
})
