import t from 'tap'
import { History } from '../../../src/cli/top/history.js'
import { document, server } from './documents.js'

t.test('rates are what grew between two looks, by the clock of the daemon', async (t) => {
  const history = new History()
  history.add(document(10, [server('b/s', { total: 100, bytes: 1_000, connectMs: 50, probeMs: 2 })]))
  t.same(history.of('b/s'), [], 'one look tells no rate')
  history.add(document(12, [server('b/s', { total: 120, bytes: 5_000, connectMs: 90, probeMs: 3 })]))
  t.same(history.of('b/s'), [{ newPerSecond: 10, bytesPerSecond: 2_000, connectMs: 2, probe: 3 }])
  t.same(history.all, [{ newPerSecond: 10, refusedPerSecond: 0, inPerSecond: 500, outPerSecond: 1_500 }])
})

t.test('nothing connected: no connect time; no check: no probe; down: failed', async (t) => {
  const history = new History()
  const servers = [server('b/quiet'), server('b/down', { down: true, probeMs: 1 })]
  for (const second of [1, 2]) history.add(document(second, servers))
  t.match(history.of('b/quiet'), [{ connectMs: null, probe: null }])
  t.match(history.of('b/down'), [{ probe: 'failed' }])
})

t.test(
  'cleared counters are no negative rate; a restarted daemon begins anew; a removed server is forgotten',
  async (t) => {
    const history = new History()
    history.add(document(1, [server('b/s', { total: 100 }), server('b/gone')]))
    history.add(document(2, [server('b/s', { total: 5 }), server('b/gone')]))
    t.match(history.of('b/s'), [{ newPerSecond: 0 }])
    history.add(document(3, [server('b/s', { total: 6 })]))
    t.equal(history.of('b/s').length, 2)
    t.same(history.of('b/gone'), [])
    history.add({ ...document(1, [server('b/s')]), startedAt: 1 })
    t.same(history.of('b/s'), [])
  },
)

t.test('it keeps two minutes', async (t) => {
  const history = new History()
  for (let second = 0; second < 500; second++) history.add(document(second, [server('b/s')]))
  t.equal(history.of('b/s').length, 120)
  t.equal(history.all.length, 120)
})
