/** One frontend over several backends: who gets a session, and who gets it when a backend has no server for it. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { ADMIN_CODE, HEALTH_CODE } from '../../src/core/server-state.js'
import { deadServer, Harness, talk, tcpServer, udpEcho } from './worker-harness.js'

const greet = (t: Test, slot: number) => tcpServer(t, slot, (socket) => socket.end(`s${slot}`))

async function talkTimes(port: number, times: number): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < times; i++) {
    const { text } = await talk(port)
    counts[text] = (counts[text] ?? 0) + 1
  }
  return counts
}

t.test('sessions go by the weights of the backends, not by their servers', async (t) => {
  const [stable, canary] = [[await greet(t, 0), await greet(t, 1), await greet(t, 2)], [await greet(t, 3)]]
  const backend = { policy: 'round-robin' }
  const harness = await Harness.start(t, { servers: stable, backend, others: [{ servers: canary }] })
  harness.setSplit([90, 10])
  const counts = await talkTimes(harness.port, 100)
  t.same(counts, { s0: 30, s1: 30, s2: 30, s3: 10 })
  const records = await harness.closed(100)
  t.equal(records.filter(({ backend }) => backend === 'b1').length, 10, 'the log says which backend')
  t.equal(harness.frontend('diverted'), 0)
  harness.checkConservation(t)
})

t.test('a change of the weights holds for the very next session', async (t) => {
  const harness = await Harness.start(t, { servers: [await greet(t, 0)], others: [{ servers: [await greet(t, 1)] }] })
  harness.setSplit([1, 0])
  t.same(await talkTimes(harness.port, 20), { s0: 20 })
  harness.setSplit([0, 1])
  t.same(await talkTimes(harness.port, 20), { s1: 20 })
  harness.setSplit([75, 25])
  t.same(await talkTimes(harness.port, 20), { s0: 15, s1: 5 })
})

t.test('the share of a backend without a server in rotation goes to the others, and is counted', async (t) => {
  const harness = await Harness.start(t, { servers: [await greet(t, 0)], others: [{ servers: [await greet(t, 1)] }] })
  harness.board.setServer(1, 'health', HEALTH_CODE.down)
  harness.board.bumpGeneration(1)
  t.same(await talkTimes(harness.port, 10), { s0: 10 })
  t.equal(harness.frontend('diverted'), 5)
  harness.board.setServer(1, 'health', HEALTH_CODE.up)
  harness.board.bumpGeneration(1)
  t.same(await talkTimes(harness.port, 10), { s0: 5, s1: 5 })
  t.equal(harness.frontend('diverted'), 5)
})

t.test('a canary that nobody noticed to be dead costs no client', async (t) => {
  const canary = [await deadServer(1), await deadServer(2)]
  const harness = await Harness.start(t, { servers: [await greet(t, 0)], others: [{ servers: canary, retries: 0 }] })
  t.same(await talkTimes(harness.port, 10), { s0: 10 })
  t.equal(harness.frontend('diverted'), 5)
  t.equal(harness.server(1, 'connectRefused'), 5, 'one try each, as its backend allows')
  t.equal(harness.server(2, 'connectRefused'), 0)
  const records = await harness.closed(10)
  t.same(
    records.map(({ backend, retries }) => [backend, retries]).toSorted(),
    [...Array(5).fill(['b', 0]), ...Array(5).fill(['b', 1])],
    'the log says who served, after how many tries',
  )
  harness.checkConservation(t)
})

t.test('a full backend hands on what it cannot take', async (t) => {
  const holding = await tcpServer(t, 1, () => {})
  const harness = await Harness.start(t, { servers: [await greet(t, 0)], others: [{ servers: [holding] }] })
  harness.board.setServer(1, 'maxSessions', 1)
  harness.setSplit([0, 1])
  void talk(harness.port)
  while (harness.server(1, 'sessions') === 0) await new Promise((resolve) => setImmediate(resolve))
  harness.setSplit([1, 1])
  t.same(await talkTimes(harness.port, 10), { s0: 10 })
})

t.test('weight 0 takes nothing, even where nobody else can: then the client is refused', async (t) => {
  const harness = await Harness.start(t, { servers: [await greet(t, 0)], others: [{ servers: [await greet(t, 1)] }] })
  harness.setSplit([1, 0])
  harness.board.setServer(0, 'admin', ADMIN_CODE.drain)
  harness.board.bumpGeneration(0)
  t.equal((await talk(harness.port)).how, 'reset')
  const [record] = await harness.closed(1)
  t.match(record, { reason: 'no-server', frontend: 'f' })
  t.notOk(record && 'backend' in record, 'none was found')
  t.equal(harness.frontend('refusedNoServer'), 1)
  harness.checkConservation(t)
})

t.test('when every backend fails, the client is refused for the last reason', async (t) => {
  const others = [{ servers: [await deadServer(1)] }]
  const harness = await Harness.start(t, { servers: [await deadServer(0)], others })
  t.equal((await talk(harness.port)).how, 'reset')
  t.match((await harness.closed(1))[0], { reason: 'connect-refused', retries: 2 })
  t.equal(harness.frontend('refusedConnect'), 1)
  harness.checkConservation(t)
})

t.test('each backend hashes clients by its own key', async (t) => {
  const others = [{ servers: [await greet(t, 2), await greet(t, 3)], policy: 'maglev', key: 'address:port' } as const]
  const servers = [await greet(t, 0), await greet(t, 1)]
  const harness = await Harness.start(t, { servers, backend: { policy: 'source' }, others })
  const counts = await talkTimes(harness.port, 40)
  t.equal((counts.s0 ?? 0) + (counts.s1 ?? 0), 20)
  t.ok(counts.s0 === undefined || counts.s1 === undefined, 'one address, one server')
})

t.test('a UDP flow stays with its backend through a change of the weights', async (t) => {
  const [a, b] = [await udpEcho(t, 0), await udpEcho(t, 1)]
  const harness = await Harness.start(t, { protocol: 'udp', servers: [a.shape], others: [{ servers: [b.shape] }] })
  const client = createSocket('udp4')
  t.teardown(() => client.close())
  const ask = async (text: string) => {
    client.send(text, harness.port, '127.0.0.1')
    return String((await once(client, 'message'))[0])
  }
  harness.setSplit([1, 0])
  t.equal(await ask('1'), 's0:1')
  harness.setSplit([0, 1])
  t.equal(await ask('2'), 's0:2')
  harness.board.setServer(0, 'health', HEALTH_CODE.down)
  harness.board.bumpGeneration(0)
  t.equal(await ask('3'), 's1:3', 'its server is down: a new flow begins by the weights')
  harness.setSplit([1, 1])
  harness.board.setServer(0, 'health', HEALTH_CODE.up)
  harness.board.bumpGeneration(0)
  t.equal(await ask('4'), 's1:4')
})

t.test('a UDP flow whose server went down stays in its backend if that one has another', async (t) => {
  const [a, b, c] = [await udpEcho(t, 0), await udpEcho(t, 1), await udpEcho(t, 2)]
  const others = [{ servers: [b.shape, c.shape] }]
  const harness = await Harness.start(t, { protocol: 'udp', servers: [a.shape], others })
  const client = createSocket('udp4')
  t.teardown(() => client.close())
  const ask = async () => {
    client.send('x', harness.port, '127.0.0.1')
    return String((await once(client, 'message'))[0])
  }
  harness.setSplit([0, 1])
  t.equal(await ask(), 's1:x')
  harness.setSplit([255, 1])
  harness.board.setServer(1, 'health', HEALTH_CODE.down)
  harness.board.bumpGeneration(1)
  t.equal(await ask(), 's2:x')
  harness.board.setServer(2, 'health', HEALTH_CODE.down)
  harness.board.bumpGeneration(1)
  t.equal(await ask(), 's0:x')
  t.equal(harness.frontend('diverted'), 1)
})
