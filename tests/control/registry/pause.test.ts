import t from 'tap'
import { Audit } from '../../../src/control/audit/audit.js'
import { undo } from '../../../src/control/audit/undo.js'
import { endPausesInTime } from '../../../src/control/registry/end-pauses.js'
import { WorkerColumn } from '../../../src/core/scoreboard/column.js'
import { ManualTiming, smallRegistry } from '../small-registry.js'

function start() {
  const timing = new ManualTiming()
  const registry = smallRegistry({
    servers: { r1: { family: 4, host: '127.0.0.1', port: 1 } },
    clock: () => timing.now(),
  })
  const [backend] = registry.backends
  if (!backend) throw new Error('there is one')
  const stop = endPausesInTime(registry, timing)
  const seen: unknown[] = []
  registry.on('pause', ({ name }, was, is, by) => seen.push([name, was?.state, is?.state, by]))
  return { timing, registry, backend, board: registry.board, audit: new Audit(registry), seen, stop }
}

t.test(
  'a pause holds until it is resumed; until its time is over nobody is refused for want of a server',
  async (t) => {
    const { timing, registry, backend, board, seen } = start()
    registry.pause(backend, 20_000, 'alice')
    t.equal(board.hold(0), 'paused')
    t.match(backend.pause, { state: 'paused', by: 'alice', since: timing.now(), until: timing.now() + 20_000 })
    timing.pass(5_000)
    registry.resume(backend, 'bob')
    t.equal(board.hold(0), 'resumed')
    t.match(backend.pause, { by: 'bob', since: timing.now() - 5_000, until: timing.now() + 15_000 })
    registry.resume(backend, 'bob')
    t.same(timing.pending, [15_000])
    await timing.next()
    t.equal(board.hold(0), 'none')
    t.equal(backend.pause, undefined)
    t.same(seen, [
      ['db', undefined, 'paused', 'alice'],
      ['db', 'paused', 'resumed', 'bob'],
      ['db', 'resumed', undefined, 'timeout'],
    ])
  },
)

t.test('a pause that nobody ends ends by itself; to pause again prolongs it', async (t) => {
  const { timing, registry, backend, board, seen, stop } = start()
  registry.pause(backend, 20_000, 'alice')
  timing.pass(10_000)
  registry.pause(backend, 30_000, 'bob')
  t.same(timing.pending, [30_000])
  t.equal(backend.pause?.since, timing.now() - 10_000)
  await timing.next()
  t.equal(board.hold(0), 'none')
  t.same(seen.at(-1), ['db', 'paused', undefined, 'timeout'])
  registry.pause(backend, 1_000, 'alice')
  stop()
  t.same(timing.pending, [])
})

t.test('a pause is in the audit and can be undone; its end by timeout is passed over', async (t) => {
  const { timing, registry, backend, board, audit } = start()
  const back = () =>
    undo(audit, { registry, topology: { change: async () => {}, configure: async () => {} } }, undefined, 'bob')
  registry.pause(backend, 20_000, 'alice')
  t.match(await back(), { ok: true, undone: { kind: 'pause', target: 'db', was: 'none', is: '20s' } })
  t.equal(board.hold(0), 'resumed')
  registry.pause(backend, 60_000, 'alice')
  await timing.next()
  t.match(audit.entries.at(-1), { by: 'timeout', was: '1m', is: 'none' })
  t.match(await back(), { ok: false, why: /since then it was made none/ })
  t.equal(board.hold(0), 'none')
})

t.test('a backend that is removed while it is paused holds nobody, and its row waits for those who wait', async (t) => {
  const { registry, backend, board } = start()
  const column = new WorkerColumn(board, 0)
  registry.pause(backend, 20_000, 'alice')
  column.beginWaiting(0)
  registry.adopt({ frontends: [], backends: [] })
  t.equal(board.hold(0), 'none')
  t.equal(backend.pause, undefined)
  t.equal(registry.rows.backends.take(), 1, 'row 0 is not free yet')
  column.endWaiting(0)
  t.equal(registry.rows.backends.take(), 0)
  t.equal(board.peakWaitingFor(0), 0, 'and is as good as new')
})
