/** Sessions that wait for a server: because of a pause, or because their backend lets them. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { deadServer, dial, Harness, talk, tcpServer, udpEcho } from './worker-harness.js'

const greet = (t: Test, slot: number) => tcpServer(t, slot, (socket) => socket.end(`s${slot}`))

/** Clients that connect one after the other, all of whom wait; resolves what became of each, in the order of their ends. */
async function queueUp(harness: Harness, names: readonly string[]): Promise<{ ended: Promise<string[]> }> {
  const order: string[] = []
  const before = harness.waiting
  const all: Promise<unknown>[] = []
  for (const [i, name] of names.entries()) {
    all.push(talk(harness.port, name).then(({ how, text }) => order.push(`${name}:${how === 'end' ? text : how}`)))
    await harness.untilWaiting(before + i + 1)
  }
  return { ended: Promise.all(all).then(() => order) }
}

t.test('sessions of a paused backend wait, and flow in their order when it is resumed', async (t) => {
  const seen: string[] = []
  const server = await tcpServer(t, 0, (socket) =>
    socket.once('data', (chunk) => {
      seen.push(String(chunk))
      socket.end('served')
    }),
  )
  const harness = await Harness.start(t, { servers: [server] })
  harness.board.setHold(0, 'paused')
  const names = Array.from({ length: 100 }, (_, i) => `c${i}`)
  const { ended } = await queueUp(harness, names)
  harness.checkConservation(t)
  t.equal(harness.server(0, 'picks'), 0, 'nobody got a server, though it is up')
  t.equal(harness.board.liveOfFrontend(0), 100, 'who waits is alive')
  const resumedAt = performance.now()
  harness.board.setHold(0, 'none')
  t.ok((await ended).every((line) => line.endsWith(':served')))
  const tookMs = performance.now() - resumedAt
  t.ok(tookMs < 1_000, `all were served in ${tookMs.toFixed(0)} ms`)
  t.same(seen, names)
  await harness.closed(100)
  t.equal(harness.waiting, 0)
  t.equal(harness.board.peakWaitingFor(0), 100)
  t.equal(harness.board.totalOfBackend(0, 'waited'), 100)
  t.ok(harness.records.every((record) => Number(record.wait_ms) > 0 && Number(record.connect_ms) < 500))
  harness.checkConservation(t)
})

t.test('who comes while others still wait goes behind them', async (t) => {
  const holding = await tcpServer(t, 0, (socket) => socket.once('data', (chunk) => socket.write(chunk)))
  const harness = await Harness.start(t, {
    servers: [holding],
    backend: { waiting: { noServerMs: 60_000, most: 1000 } },
  })
  harness.board.setServer(0, 'maxSessions', 1)
  const first = dial(harness.port)
  first.socket.write('first')
  await once(first.socket, 'data')
  const second = dial(harness.port)
  second.socket.write('second')
  await harness.untilWaiting(1)
  const last = dial(harness.port)
  last.socket.write('last')
  await harness.untilWaiting(2)
  first.socket.resetAndDestroy()
  await once(second.socket, 'data')
  t.equal(harness.waiting, 1, 'the last one waits for the next free place')
  second.socket.resetAndDestroy()
  await once(last.socket, 'data')
  last.socket.resetAndDestroy()
  await harness.closed(3)
  t.equal(harness.board.peakOfServer(0), 1, 'the limit held')
  harness.checkConservation(t)
})

t.test('one more than may wait is refused, at once', async (t) => {
  const harness = await Harness.start(t, {
    servers: [await greet(t, 0)],
    backend: { waiting: { noServerMs: 0, most: 2 } },
  })
  harness.board.setHold(0, 'paused')
  const { ended } = await queueUp(harness, ['a', 'b'])
  t.equal((await talk(harness.port, 'c')).how, 'reset')
  t.match((await harness.closed(1))[0], { reason: 'queue-full', backend: 'b' })
  t.equal(harness.frontend('refusedQueueFull'), 1)
  harness.checkConservation(t)
  harness.board.setHold(0, 'none')
  t.same((await ended).toSorted(), ['a:s0', 'b:s0'])
})

t.test('with on_no_server = "wait" a session waits for a server that comes back', async (t) => {
  const harness = await Harness.start(t, {
    servers: [await greet(t, 0)],
    backend: { waiting: { noServerMs: 60_000, most: 1000 } },
  })
  harness.setHealth(0, 'down')
  const { ended } = await queueUp(harness, ['a', 'b', 'c'])
  harness.setHealth(0, 'up')
  t.same((await ended).toSorted(), ['a:s0', 'b:s0', 'c:s0'])
  harness.checkConservation(t)
})

t.test('nobody waits for longer than on_no_server says', async (t) => {
  const harness = await Harness.start(t, {
    servers: [await greet(t, 0)],
    backend: { waiting: { noServerMs: 80, most: 1000 } },
  })
  harness.setHealth(0, 'down')
  const beganAt = performance.now()
  const { ended } = await queueUp(harness, ['a', 'b'])
  t.same((await ended).toSorted(), ['a:reset', 'b:reset'])
  const tookMs = performance.now() - beganAt
  t.ok(tookMs >= 75 && tookMs < 2_000, `${tookMs.toFixed(0)} ms`)
  t.match((await harness.closed(2))[1], { reason: 'wait-timeout', backend: 'b' })
  t.equal(harness.frontend('refusedWaitTimeout'), 2)
  t.equal(harness.waiting, 0)
  harness.checkConservation(t)
})

t.test('a pause that ends without a server refuses those who waited, unless it was resumed', async (t) => {
  const harness = await Harness.start(t, { servers: [await greet(t, 0)] })
  harness.setHealth(0, 'down')
  harness.board.setHold(0, 'paused')
  const one = await queueUp(harness, ['a'])
  harness.board.setHold(0, 'resumed')
  await pause(50)
  t.equal(harness.waiting, 1, 'resumed: it waits for a server')
  harness.setHealth(0, 'up')
  t.same(await one.ended, ['a:s0'])
  harness.setHealth(0, 'down')
  const other = await queueUp(harness, ['b'])
  t.equal(harness.waiting, 1, 'who comes then waits as well')
  harness.board.setHold(0, 'none')
  t.same(await other.ended, ['b:reset'])
  t.match((await harness.closed(2))[1], { reason: 'wait-timeout' })
})

t.test('a session whose server failed it while the backend was being paused waits, and is not refused', async (t) => {
  const dead = await deadServer(0)
  const harness = await Harness.start(t, { servers: [dead], backend: { waiting: { noServerMs: 60_000, most: 1000 } } })
  const { ended } = await queueUp(harness, ['a'])
  t.equal(harness.server(0, 'connectRefused'), 1)
  await pause(60)
  t.equal(harness.server(0, 'connectRefused'), 1, 'a server that refuses is not asked every time')
  await harness.configure([{ ...(await greet(t, 0)), slot: 0 }])
  harness.board.bumpGeneration(0)
  t.same(await ended, ['a:s0'])
  t.match((await harness.closed(1))[0], { reason: 'done', retries: 1 })
  harness.checkConservation(t)
})

t.test('servers that refuse are tried again after a while, and the last refusal is told in the end', async (t) => {
  const harness = await Harness.start(t, {
    servers: [await deadServer(0)],
    backend: { waiting: { noServerMs: 700, most: 1000 } },
  })
  t.equal((await talk(harness.port, 'a')).how, 'reset')
  t.match((await harness.closed(1))[0], { reason: 'wait-timeout', detail: 'ECONNREFUSED' })
  const tries = harness.server(0, 'connectRefused')
  t.ok(tries >= 2 && tries <= 4, `${tries} tries`)
  harness.checkConservation(t)
})

t.test('a client that is reset while it waits leaves its place', async (t) => {
  const harness = await Harness.start(t, { servers: [await greet(t, 0)], frontend: { logEmpty: true } })
  harness.board.setHold(0, 'paused')
  const gone = dial(harness.port)
  await harness.untilWaiting(1)
  const { ended } = await queueUp(harness, ['b'])
  gone.socket.resetAndDestroy()
  await harness.untilWaiting(1)
  t.match((await harness.closed(1))[0], { reason: 'client-gone' })
  t.equal(harness.frontend('clientGone'), 1)
  harness.board.setHold(0, 'none')
  t.same(await ended, ['b:s0'])
  harness.checkConservation(t)
})

for (const text of ['', 'startup packet']) {
  t.test(`a client that ends after ${text.length} bytes while it waits has given up`, async (t) => {
    const harness = await Harness.start(t, { servers: [await greet(t, 0)], frontend: { logEmpty: true } })
    harness.board.setHold(0, 'paused')
    const { socket, ended } = dial(harness.port)
    if (text) socket.write(text)
    await harness.untilWaiting(1)
    socket.end()
    t.match(await ended, { how: 'end', text: '' })
    t.match((await harness.closed(1))[0], { reason: 'client-gone' })
    t.equal(harness.waiting, 0)
    t.equal(harness.frontend('clientGone'), 1)
    harness.board.setHold(0, 'none')
    harness.checkConservation(t)
  })
}

t.test('what a client said while it waited comes to its server, to the last byte', async (t) => {
  const heard: string[] = []
  const server = await tcpServer(t, 0, (socket) => {
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('end', () => {
      heard.push(text)
      socket.end('done')
    })
  })
  const harness = await Harness.start(t, { servers: [server] })
  harness.board.setHold(0, 'paused')
  const { socket, ended } = dial(harness.port)
  const large = 'x'.repeat(300_000)
  socket.write('one ')
  await harness.untilWaiting(1)
  socket.write('two ')
  socket.write(large)
  await pause(50)
  t.equal(harness.waiting, 1)
  harness.board.setHold(0, 'none')
  await harness.untilWaiting(0)
  socket.end(' end')
  t.match(await ended, { how: 'end', text: 'done' })
  t.ok(heard[0] === `one two ${large} end`, 'every byte, in order')
})

t.test('a session that waits is listed as such, and can be killed', async (t) => {
  const harness = await Harness.start(t, { servers: [await greet(t, 0)] })
  harness.board.setHold(0, 'paused')
  const { ended } = await queueUp(harness, ['a', 'b'])
  const [first, second] = harness.sessions.list({}, 10, harness.engine.now() + 5)
  t.match(first, { backend: 'b', frontend: 'f', bytesIn: 0 })
  t.ok((first?.waitingMs ?? 0) >= 5)
  t.notOk(first && 'server' in first)
  t.equal(harness.sessions.endAll({ id: second?.id ?? '' }, 'killed'), 1)
  t.match((await harness.closed(1))[0], { reason: 'killed', id: second?.id })
  t.equal(harness.waiting, 1)
  t.equal(harness.sessions.endAll({ backend: 0 }, 'stopped'), 1)
  t.same((await ended).toSorted(), ['a:reset', 'b:reset'])
  t.equal(harness.waiting, 0)
  harness.checkConservation(t)
})

t.test(
  'a frontend that splits: a session waits only when no backend has a server for it and one lets it wait',
  async (t) => {
    const others = [{ servers: [await greet(t, 1)] }]
    const harness = await Harness.start(t, { servers: [await greet(t, 0)], others })
    harness.board.setHold(0, 'paused')
    for (let i = 0; i < 4; i++) t.equal((await talk(harness.port)).text, 's1')
    harness.setHealth(1, 'down')
    harness.board.bumpGeneration(1)
    const { ended } = await queueUp(harness, ['a', 'b'])
    harness.setHealth(1, 'up')
    harness.board.bumpGeneration(1)
    t.same((await ended).toSorted(), ['a:s1', 'b:s1'])
    harness.setSplit([1, 0])
    const rest = await queueUp(harness, ['c'])
    harness.board.setHold(0, 'none')
    t.same(await rest.ended, ['c:s0'])
    harness.board.setHold(0, 'paused')
    harness.setSplit([0, 1])
    harness.setHealth(1, 'down')
    harness.board.bumpGeneration(1)
    t.equal((await talk(harness.port, 'd')).how, 'reset', 'a backend of weight 0 lets nobody wait')
    harness.checkConservation(t)
  },
)

t.test('a reload under those who wait: they get the servers of the new shape', async (t) => {
  const harness = await Harness.start(t, { servers: [await greet(t, 0)] })
  harness.board.setHold(0, 'paused')
  const { ended } = await queueUp(harness, ['a', 'b'])
  harness.board.setServer(1, 'effectiveWeight', 100)
  await harness.configure([await greet(t, 1)])
  harness.board.bumpGeneration(0)
  harness.board.setHold(0, 'none')
  t.same((await ended).toSorted(), ['a:s1', 'b:s1'])
})

t.test('UDP: new flows of a paused backend are dropped and counted, those that are there go on', async (t) => {
  const server = await udpEcho(t, 0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [server.shape] })
  const [old, young] = [createSocket('udp4'), createSocket('udp4')]
  t.teardown(() => {
    old.close()
    young.close()
  })
  const ask = async (socket: typeof old, text: string) => {
    socket.send(text, harness.port, '127.0.0.1')
    return String((await once(socket, 'message'))[0])
  }
  t.equal(await ask(old, '1'), 's0:1')
  harness.board.setHold(0, 'paused')
  young.send('lost', harness.port, '127.0.0.1')
  while (harness.frontend('refusedNoServer') === 0) await new Promise((resolve) => setImmediate(resolve))
  t.equal(await ask(old, '2'), 's0:2')
  harness.board.setHold(0, 'none')
  t.equal(await ask(young, '3'), 's0:3')
  t.equal(harness.waiting, 0)
  harness.checkConservation(t)
})
