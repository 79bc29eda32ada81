import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { ADMIN_CODE, HEALTH_CODE } from '../../src/core/server-state.js'
import { settled } from '../engine/settled.js'
import { deadServer, dial, Harness, talk, tcpServer } from './worker-harness.js'

t.test('a session is counted alive while it lives, and its bytes are the bytes on the wire', async (t) => {
  const server = await tcpServer(t, 0, (socket) => socket.once('data', () => socket.write('four')))
  const harness = await Harness.start(t, { servers: [server] })
  const { socket, ended } = dial(harness.port)
  socket.write('hello')
  await once(socket, 'data')
  t.equal(harness.board.liveOfServer(0), 1)
  t.equal(harness.board.liveOfFrontend(0), 1)
  t.equal(harness.server(0, 'bytesIn'), 5, 'counted while the session lives')
  t.equal(harness.server(0, 'bytesOut'), 4)
  socket.resetAndDestroy()
  await ended
  const [record] = await harness.closed(1)
  t.match(record, { reason: 'client-reset', bytes_in: 5, bytes_out: 4, frontend: 'f', backend: 'b', server: 's0' })
  t.equal(harness.board.liveOfServer(0), 0)
  t.equal(harness.board.liveOfAll(), 0)
  t.equal(harness.server(0, 'clientAborts'), 1)
  harness.checkConservation(t)
})

t.test('the silence of a postgres client is not the time that its server took', async (t) => {
  const server = await tcpServer(t, 0, (socket) => socket.end())
  const harness = await Harness.start(t, { servers: [server], frontend: { speaks: 'postgres' } })
  const { socket, ended } = dial(harness.port)
  while (harness.sessions.size === 0) await new Promise((resolve) => setImmediate(resolve))
  setTimeout(() => socket.write(Uint8Array.of(0, 0, 0, 9, 0, 3, 0, 0, 0)), 500) // a startup packet
  await ended
  const [record] = await harness.closed(1)
  t.ok(Number(record?.duration_ms) >= 490 && Number(record?.connect_ms) < 400, JSON.stringify(record))
})

t.test('a session that both sides ended in order is done', async (t) => {
  const server = await tcpServer(t, 0, (socket) => socket.end('bye'))
  const harness = await Harness.start(t, { servers: [server] })
  t.same(await talk(harness.port), { how: 'end', text: 'bye' })
  t.match((await harness.closed(1))[0], { reason: 'done', retries: 0, bytes_out: 3 })
})

t.test('a refused connect goes on to another server, and the client does not notice', async (t) => {
  const servers = [await deadServer(0), await deadServer(1), await tcpServer(t, 2, (socket) => socket.end('here'))]
  const harness = await Harness.start(t, { servers })
  t.same(await talk(harness.port), { how: 'end', text: 'here' })
  t.match((await harness.closed(1))[0], { reason: 'done', retries: 2, server: 's2' })
  t.equal(harness.server(0, 'connectRefused'), 1)
  t.equal(harness.server(0, 'redispatches'), 1)
  t.equal(harness.server(0, 'sessions'), 0)
  t.equal(harness.board.liveOfServer(0), 0)
  harness.checkConservation(t)
})

t.test('when every try fails the client is reset and told nothing false', async (t) => {
  const harness = await Harness.start(t, { servers: [await deadServer(0), await deadServer(1)] })
  t.equal((await talk(harness.port)).how, 'reset')
  t.match((await harness.closed(1))[0], { reason: 'connect-refused', detail: 'ECONNREFUSED', retries: 2 })
  t.equal(harness.frontend('refusedConnect'), 1)
  harness.checkConservation(t)
})

t.test('retries are bounded', async (t) => {
  const servers = await Promise.all([0, 1, 2, 3].map((slot) => deadServer(slot)))
  const harness = await Harness.start(t, { servers, backend: { retries: 1 } })
  await talk(harness.port)
  await harness.closed(1)
  t.same(
    servers.map(({ slot }) => harness.server(slot, 'picks')),
    [1, 1, 0, 0],
  )
})

t.test('no eligible server: reset, counted, recorded', async (t) => {
  const servers = [await tcpServer(t, 0, () => {}), await tcpServer(t, 1, () => {})]
  const harness = await Harness.start(t, { servers })
  harness.board.setServer(0, 'admin', ADMIN_CODE.drain)
  harness.board.setServer(1, 'health', HEALTH_CODE.down)
  t.equal((await talk(harness.port)).how, 'reset')
  t.match((await harness.closed(1))[0], { reason: 'no-server' })
  t.equal(harness.frontend('refusedNoServer'), 1)
  harness.checkConservation(t)
})

t.test('a full server passes its clients on; when all are full they are refused', async (t) => {
  const servers = [await tcpServer(t, 0, (s) => s.write('0')), await tcpServer(t, 1, (s) => s.write('1'))]
  const harness = await Harness.start(t, { servers })
  harness.board.setServer(0, 'maxSessions', 2)
  harness.board.setServer(1, 'maxSessions', 1)
  const held = [0, 1, 2].map(() => dial(harness.port).socket)
  const seen = await Promise.all(held.map(async (socket) => String((await once(socket, 'data'))[0])))
  t.same(seen.sort(), ['0', '0', '1'])
  t.equal((await talk(harness.port)).how, 'reset')
  t.equal(harness.frontend('refusedNoServer'), 1)
  for (const socket of held) socket.resetAndDestroy()
  await harness.closed(4)
  harness.checkConservation(t)
})

for (const limit of ['frontend', 'global'] as const) {
  t.test(`the ${limit} limit refuses the session beyond it, and frees its place when one ends`, async (t) => {
    const harness = await Harness.start(t, { servers: [await tcpServer(t, 0, (socket) => socket.write('x'))] })
    if (limit === 'frontend') harness.board.setFrontendMaxSessions(0, 1)
    else harness.board.maxSessions = 1
    const first = dial(harness.port)
    await once(first.socket, 'data')
    t.equal((await talk(harness.port)).how, 'reset')
    t.match((await harness.closed(1))[0], { reason: `${limit}-limit` })
    first.socket.resetAndDestroy()
    await harness.closed(2)
    const third = dial(harness.port)
    await once(third.socket, 'data')
    third.socket.resetAndDestroy()
    await harness.closed(3)
    harness.checkConservation(t)
  })
}

t.test('silence is the side’s whose turn it is', async (t) => {
  const server = await tcpServer(t, 0, (socket) =>
    socket.once('data', (chunk) => `${chunk}` === 'ask' && socket.write('answer')),
  )
  const harness = await Harness.start(t, {
    servers: [server],
    frontend: { clientIdleMs: 1000 },
    backend: { serverIdleMs: 2000 },
  })
  const answered = dial(harness.port).socket.on('error', () => {})
  answered.write('ask')
  await once(answered, 'data')
  const waiting = dial(harness.port).socket.on('error', () => {})
  waiting.write('hm?')
  while (harness.server(0, 'bytesIn') < 6) await new Promise((resolve) => setImmediate(resolve))
  const now = harness.engine.now()
  harness.sessions.endIdle(now + 900)
  t.equal(harness.sessions.size, 2)
  harness.sessions.endIdle(now + 1500)
  t.match((await harness.closed(1))[0], { reason: 'client-idle', bytes_out: 6 })
  harness.sessions.endIdle(now + 2500)
  t.match((await harness.closed(2))[1], { reason: 'server-idle', bytes_out: 0 })
})

t.test('a client that has ended its side is not idle, however long its server takes to go on', async (t) => {
  const server = await tcpServer(t, 0, (socket) => {
    socket.on('end', () => socket.write('head')).resume()
  })
  const harness = await Harness.start(t, {
    servers: [server],
    frontend: { clientIdleMs: 1000 },
    backend: { serverIdleMs: 2000 },
  })
  const { socket } = dial(harness.port)
  socket.on('error', () => {}).end('ask')
  await once(socket, 'data')
  const now = harness.engine.now()
  harness.sessions.endIdle(now + 1900)
  t.equal(harness.sessions.size, 1)
  harness.sessions.endIdle(now + 2100)
  t.match((await harness.closed(1))[0], { reason: 'server-idle', bytes_in: 3, bytes_out: 4 })
})

t.test('a server that has ended its side is not idle, however long its client pauses', async (t) => {
  const server = await tcpServer(t, 0, (socket) => socket.end('go').resume())
  const harness = await Harness.start(t, {
    servers: [server],
    frontend: { clientIdleMs: 2000 },
    backend: { serverIdleMs: 1000 },
  })
  const client = connect({ port: harness.port, host: '127.0.0.1', allowHalfOpen: true })
  t.teardown(() => client.destroy())
  await once(client.on('error', () => {}).resume(), 'end')
  client.write('part')
  while (harness.server(0, 'bytesIn') < 4) await new Promise((resolve) => setImmediate(resolve))
  const now = harness.engine.now()
  harness.sessions.endIdle(now + 1900)
  t.equal(harness.sessions.size, 1)
  harness.sessions.endIdle(now + 2100)
  t.match((await harness.closed(1))[0], { reason: 'client-idle', bytes_in: 4, bytes_out: 2 })
})

t.test('a client that stops in the middle of a download is idle after twice its time', async (t) => {
  const server = await tcpServer(t, 0, (socket) => socket.write(Buffer.alloc(20e6)))
  const harness = await Harness.start(t, { servers: [server], frontend: { clientIdleMs: 1000 } })
  const client = connect({ port: harness.port, host: '127.0.0.1' }).pause()
  t.teardown(() => client.destroy())
  client.on('error', () => {})
  await settled(() => harness.server(0, 'bytesOut'))
  const now = harness.engine.now()
  for (const after of [1000, 1900]) {
    harness.sessions.endIdle(now + after)
    t.equal(harness.sessions.size, 1, 'what waits for it may be on its way')
  }
  harness.sessions.endIdle(now + 2100)
  t.match((await harness.closed(1))[0], { reason: 'client-idle' })
})

for (const logEmpty of [false, true]) {
  t.test(`a connection without a byte is counted and ${logEmpty ? '' : 'not '}logged`, async (t) => {
    const server = await tcpServer(t, 0, (socket) => socket.on('end', () => socket.end()).resume())
    const harness = await Harness.start(t, { servers: [server], frontend: { logEmpty } })
    const { socket, ended } = dial(harness.port)
    socket.end()
    await ended
    await once(socket, 'close')
    while (harness.sessions.size > 0) await new Promise((resolve) => setImmediate(resolve))
    t.equal(harness.frontend('empty'), 1)
    const other = dial(harness.port)
    other.socket.end('x')
    await other.ended
    t.equal((await harness.closed(logEmpty ? 2 : 1)).length, logEmpty ? 2 : 1)
    harness.checkConservation(t)
  })
}

t.test('a killed session is a reset on both sides', async (t) => {
  let serverError: string | undefined
  const server = await tcpServer(t, 0, (socket) => {
    socket.write('x')
    socket.on('error', (error: NodeJS.ErrnoException) => {
      serverError = error.code
    })
  })
  const harness = await Harness.start(t, { servers: [server] })
  const { socket, ended } = dial(harness.port)
  await once(socket, 'data')
  t.equal(harness.sessions.endAll({ server: 7 }, 'killed'), 0)
  t.equal(harness.sessions.endAll({ server: 0 }, 'killed'), 1)
  t.equal((await ended).how, 'reset')
  t.match((await harness.closed(1))[0], { reason: 'killed' })
  t.equal(harness.server(0, 'kills'), 1)
  while (serverError === undefined) await new Promise((resolve) => setImmediate(resolve))
  t.equal(serverError, 'ECONNRESET')
})

t.test('a storm of clients, some servers dead: nothing lost, nothing invented', async (t) => {
  const servers = [
    await tcpServer(t, 0, (socket) => socket.pipe(socket)),
    await deadServer(1),
    await tcpServer(t, 2, (socket) => socket.pipe(socket)),
  ]
  const harness = await Harness.start(t, { servers, backend: { policy: 'round-robin' } })
  let sent = 0
  const clients = Array.from({ length: 200 }, async (_, i) => {
    const { socket, ended } = dial(harness.port)
    const text = 'x'.repeat(1 + i * 7)
    sent += text.length
    socket.end(text)
    return (await ended).text.length === text.length
  })
  t.ok((await Promise.all(clients)).every(Boolean), 'every client got its own bytes back')
  await harness.closed(200)
  t.equal(harness.frontend('bytesIn'), sent)
  t.equal(harness.frontend('bytesOut'), sent)
  t.equal(harness.board.liveOfAll(), 0)
  harness.checkConservation(t)
})
