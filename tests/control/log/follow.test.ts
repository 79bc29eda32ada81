import { EventEmitter } from 'node:events'
import t from 'tap'
import { logDroppedRecords, logRegistry, logResolver, logWorkers } from '../../../src/control/log/follow.js'
import { ResolveError } from '../../../src/control/resolver/answer.js'
import { Resolver } from '../../../src/control/resolver/resolver.js'
import type { WorkersEvents } from '../../../src/control/workers/workers.js'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { ManualTiming, serverOf, smallRegistry } from '../small-registry.js'
import { memoryLog } from './memory-log.js'

const AT = { family: 4, host: '127.0.0.1', port: 5432 } as const

t.test('what happens to servers and backends is logged, in that order', (t) => {
  const { log, lines } = memoryLog(t)
  const registry = smallRegistry({ servers: { r1: AT } })
  const server = serverOf(registry, 'r1')
  logRegistry(log, registry)
  registry.setHealth(server, 'down', 'refused')
  registry.setHealth(server, 'up', 'connected')
  registry.setAdmin(server, 'drain', 'me')
  registry.setWeight(server, 7, 'me')
  registry.setAddress(server, { ...AT, port: 1 })
  const told = lines()
  t.same(
    told.map(({ event }) => event),
    ['server-down', 'backend-down', 'server-up', 'backend-up', 'admin-state', 'backend-down', 'weight', 'address'],
  )
  t.match(told[0], { why: 'refused', serving: 0 })
  t.match(told[7], { from: '127.0.0.1:5432', to: '127.0.0.1:1' })
  t.end()
})

t.test('names that stop and start to resolve', async (t) => {
  const { log, lines } = memoryLog(t)
  const timing = new ManualTiming()
  const registry = smallRegistry({ servers: { r1: { family: 'name', host: 'db.test', port: 1 } } })
  let count = 0
  const resolver = new Resolver(
    registry,
    async () => {
      if (count++ < 2) throw new ResolveError('no such name')
      return { hosts: ['10.0.0.1'], ttlMs: 1_000, unanswered: [] }
    },
    timing,
  )
  logResolver(log, resolver)
  await resolver.start()
  await timing.next()
  await timing.next()
  t.match(lines(), [{ event: 'name-failing', why: 'no such name' }, { event: 'name-recovered' }])
})

t.test('what workers tell', (t) => {
  const { log, lines } = memoryLog(t)
  const workers = new EventEmitter<WorkersEvents>()
  logWorkers(log, workers)
  workers.emit('notice', 'listener-failed', 'EACCES')
  workers.emit('died', 0, 'exit code 1', 2, 100)
  workers.emit('restarted', 0, 12)
  workers.emit('refused-shape', 0, 'tcp://1.2.3.4:5', 'EADDRINUSE')
  t.same(
    lines().map(({ event }) => event),
    ['worker-notice', 'worker-died', 'worker-restarted', 'worker-refused'],
  )
  t.end()
})

t.test('session lines that workers dropped are told every ten seconds, each once', async (t) => {
  const { log, lines } = memoryLog(t)
  const timing = new ManualTiming()
  const { board } = smallRegistry({ servers: { r1: AT }, workers: 2 })
  const stop = logDroppedRecords(log, board, timing)
  await timing.next()
  t.same(lines(), [])
  new WorkerColumn(board, 1).count('recordsDropped', 5)
  t.same(timing.pending, [10_000])
  await timing.next()
  await timing.next()
  t.match(lines(), [{ event: 'records-dropped', worker: 1, count: 5 }])
  stop()
  t.same(timing.pending, [])
})
