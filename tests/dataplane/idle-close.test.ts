/** Sessions that rest are counted and closed in order, and nobody who waits for anything is cut. */
import { once } from 'node:events'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { dial, Harness, tcpServer, udpEcho } from './worker-harness.js'

const HERE = { frontends: [0], server: 0, idleMs: 0, most: 100 }

/** A pool over one server that answers every question but `sleep`. */
async function pool(t: Test, size: number) {
  const server = await tcpServer(t, 0, (socket) => {
    socket.on('data', (question) => {
      if (String(question) !== 'sleep') socket.write('answer')
    })
  })
  const harness = await Harness.start(t, { servers: [server] })
  const clients = []
  for (let i = 0; i < size; i++) {
    const client = dial(harness.port)
    await ask(client.socket)
    clients.push(client)
  }
  return { harness, clients }
}

async function ask(socket: Socket): Promise<void> {
  socket.write('question')
  await once(socket, 'data')
}

t.test('sessions that have rested longest are closed first, and both sides see an end', async (t) => {
  const { harness, clients } = await pool(t, 3)
  const [first, second, third] = clients
  if (!first || !second || !third) throw new Error('no clients')
  await ask(first.socket)
  t.equal(harness.sessions.closeIdle({ ...HERE, most: 1 }, 'rebalanced', harness.engine.now()), 1)
  t.match(await second.ended, { how: 'end' }, 'the first has been used since')
  t.match(await harness.closed(1), [{ reason: 'rebalanced', server: 's0', detail: undefined }])
  t.equal(harness.board.liveOfServer(0), 2)
  t.equal(harness.server(0, 'kills'), 1)
  t.equal(harness.sessions.closeIdle(HERE, 'rebalanced', harness.engine.now()), 2)
  t.match(await first.ended, { how: 'end' })
  t.match(await third.ended, { how: 'end' })
  await harness.closed(3)
  harness.checkConservation(t)
})

t.test('a client that waits for an answer is not idle, however long it waits', async (t) => {
  const { harness, clients } = await pool(t, 2)
  const [asking] = clients
  if (!asking) throw new Error('no client')
  asking.socket.write('sleep')
  while (harness.sessions.countOf(0, 0, harness.engine.now())[0]?.idle !== 1) await new Promise(setImmediate)
  const inAnHour = harness.engine.now() + 3_600_000
  t.same(harness.sessions.countOf(0, 60_000, inAnHour), [{ frontend: 0, server: 0, live: 2, idle: 1 }])
  t.equal(harness.sessions.closeIdle({ ...HERE, idleMs: 60_000 }, 'rebalanced', inAnHour), 1)
  await harness.closed(1)
  t.equal(harness.board.liveOfServer(0), 1, 'the one that asked is there still')
})

t.test('only sessions that have rested for long enough, of these frontends and this server', async (t) => {
  const { harness } = await pool(t, 2)
  const now = harness.engine.now()
  for (const other of [{ frontends: [1] }, { server: 1 }, { idleMs: 60_000 }, { most: 0 }]) {
    t.equal(harness.sessions.closeIdle({ ...HERE, ...other }, 'rebalanced', now), 0, JSON.stringify(other))
  }
  t.same(harness.sessions.countOf(1, 0, now), [], 'nothing is counted in another backend')
  t.equal(harness.board.liveOfServer(0), 2)
})

t.test('a session that never carried a byte rests since it began', async (t) => {
  const server = await tcpServer(t, 0, () => {})
  const harness = await Harness.start(t, { servers: [server] })
  const { ended } = dial(harness.port)
  while (harness.server(0, 'sessions') === 0) await new Promise(setImmediate)
  t.equal(harness.sessions.closeIdle(HERE, 'rebalanced', harness.engine.now()), 1)
  t.match(await ended, { how: 'end' })
})

t.test('UDP flows are not counted as idle and never closed', async (t) => {
  const { shape } = await udpEcho(t, 0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [shape], frontend: { protocol: 'udp' } })
  const client = (await import('node:dgram')).createSocket('udp4')
  t.teardown(() => client.close())
  client.send('x', harness.port, '127.0.0.1')
  await once(client, 'message')
  const later = harness.engine.now() + 60_000
  t.same(harness.sessions.countOf(0, 1, later), [{ frontend: 0, server: 0, live: 1, idle: 0 }])
  t.equal(harness.sessions.closeIdle({ ...HERE, idleMs: 1 }, 'rebalanced', later), 0)
})
