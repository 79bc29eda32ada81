/** Sessions that are under way while the configuration changes. */
import dgram from 'node:dgram'
import { once } from 'node:events'
import t from 'tap'
import { fullListener } from '../engine/full-listener.js'
import { deadServer, dial, Harness, talk, tcpServer, udpEcho } from './worker-harness.js'

const skip = process.platform === 'linux' ? false : 'needs a listener with a full queue'

t.test('a session that is still connecting goes on to the servers that are there by then', { skip }, async (t) => {
  const silent = { slot: 0, name: 's0', address: await fullListener(t) }
  let oldOnes = 0
  const old = await tcpServer(t, 1, () => oldOnes++)
  const added = await tcpServer(t, 2, (socket) => socket.end('from the added one'))
  const harness = await Harness.start(t, { servers: [silent, old], backend: { connectTimeoutMs: 300 } })
  const talking = talk(harness.port)
  while (harness.sessions.size === 0) await new Promise((resolve) => setImmediate(resolve))
  harness.board.setServer(2, 'weight', 100)
  harness.board.setServer(2, 'effectiveWeight', 100)
  await harness.configure([silent, added])
  t.match(await talking, { how: 'end', text: 'from the added one' })
  t.equal(oldOnes, 0, 'the removed one is not asked')
  t.equal(harness.server(2, 'sessions'), 1)
})

for (const slot of [0, 1]) {
  const what = slot === 0 ? 'has another address' : 'is another one'
  t.test(`a postgres client that was silent during a reload goes to the server that ${what} since`, async (t) => {
    const old = await tcpServer(t, 0, (socket) => socket.end('old'))
    const added = await tcpServer(t, slot, (socket) => socket.end('new'))
    const harness = await Harness.start(t, { servers: [old], frontend: { speaks: 'postgres' } })
    const { socket, ended } = dial(harness.port)
    while (harness.sessions.size === 0) await new Promise((resolve) => setImmediate(resolve))
    harness.board.setServer(slot, 'weight', 100)
    harness.board.setServer(slot, 'effectiveWeight', 100)
    await harness.configure([added])
    socket.write(Uint8Array.of(0, 0, 0, 9, 0, 3, 0, 0, 0)) // a startup packet
    t.match(await ended, { text: 'new' })
  })
}

t.test('a session that finds no server after its frontend got another backend waits for that one', async (t) => {
  const old = await deadServer(0)
  const added = await tcpServer(t, 1, (socket) => socket.end('new'))
  const harness = await Harness.start(t, {
    servers: [old],
    others: [{ servers: [added] }],
    frontend: { speaks: 'postgres', backends: [0] },
    backend: { waiting: { noServerMs: 5_000, most: 1_000 }, retries: 0 },
  })
  const { socket, ended } = dial(harness.port)
  while (harness.sessions.size === 0) await new Promise((resolve) => setImmediate(resolve))
  await harness.configure([old], { backends: [1] })
  socket.write(Uint8Array.of(0, 0, 0, 9, 0, 3, 0, 0, 0)) // a startup packet
  t.match(await ended, { text: 'new' })
})

t.test('a kill that is spread out spares who has left the server by its turn', { skip }, async (t) => {
  const silent = { slot: 0, name: 's0', address: await fullListener(t) }
  const good = await tcpServer(t, 1, (socket) => socket.pipe(socket))
  const harness = await Harness.start(t, { servers: [silent, good], backend: { connectTimeoutMs: 200 } })
  const clients = [dial(harness.port), dial(harness.port)]
  while (harness.sessions.size < 2) await new Promise((resolve) => setImmediate(resolve))
  const doomed = harness.sessions.list({ server: 0 }, 2, harness.engine.now()).length
  const turns: (() => void)[] = []
  const later = (_: number, run: () => void) => {
    turns.push(run)
    return () => {}
  }
  const kill = { reason: 'server-down', overMs: 2_000 } as const
  t.equal(harness.sessions.kill({ server: 0 }, kill, { after: later }), doomed)
  for (const { socket } of clients) {
    socket.write('hello')
    await once(socket, 'data')
  }
  t.ok(doomed > 0, 'one was connecting to the dying server')
  for (const turn of turns) turn()
  for (const { socket } of clients) {
    socket.write('still here')
    await once(socket, 'data')
    socket.end()
  }
  t.equal(harness.server(1, 'kills'), 0)
})

t.test('sessions stay on a server that is removed', async (t) => {
  const removed = await tcpServer(t, 0, (socket) => socket.pipe(socket))
  const added = await tcpServer(t, 1, (socket) => socket.end('new'))
  const harness = await Harness.start(t, { servers: [removed] })
  harness.board.setServer(1, 'weight', 100)
  harness.board.setServer(1, 'effectiveWeight', 100)
  const { socket, ended } = dial(harness.port)
  socket.write('before ')
  await once(socket, 'data')
  await harness.configure([added])
  socket.end('after')
  t.match(await ended, { how: 'end', text: 'before after' })
  t.match(await talk(harness.port), { text: 'new' })
  t.equal(harness.board.liveOfServer(0), 0)
})

const ELSEWHERE = { protocol: 'tcp', address: { family: 4, host: '127.0.0.1', port: 0 }, share: 1 } as const

t.test(
  'one that accepts no more opens no listener, and who is connecting still hears of servers',
  { skip },
  async (t) => {
    const silent = { slot: 0, name: 's0', address: await fullListener(t) }
    const added = await tcpServer(t, 1, (socket) => socket.end('from the added one'))
    const harness = await Harness.start(t, { servers: [silent], backend: { connectTimeoutMs: 300 } })
    const { port } = harness
    const talking = talk(port)
    while (harness.sessions.size === 0) await new Promise((resolve) => setImmediate(resolve))
    harness.stopAccepting()
    harness.board.setServer(1, 'weight', 100)
    harness.board.setServer(1, 'effectiveWeight', 100)
    await harness.configure([silent, added], { listeners: [ELSEWHERE] })
    t.match(await talking, { how: 'end', text: 'from the added one' })
    t.equal(harness.port, port, 'it is still the only one that it has')
    t.match(await talk(port), { how: 'reset', text: '' })
  },
)

t.test('a listener that was being bound when no more were to be accepted takes nobody', async (t) => {
  const server = await tcpServer(t, 0, (socket) => socket.end('hello'))
  const harness = await Harness.start(t, { servers: [server] })
  const configured = harness.configure([server], { listeners: [ELSEWHERE] })
  harness.stopAccepting()
  await configured
  t.match(await talk(harness.port), { how: 'reset', text: '' })
})

t.test('UDP flows of one that accepts no more outlive a shape without listeners', async (t) => {
  const { shape } = await udpEcho(t, 0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [shape] })
  const client = dgram.createSocket('udp4')
  t.teardown(() => client.close())
  const ask = async (text: string) => {
    client.send(text, harness.port, '127.0.0.1')
    return String((await once(client, 'message'))[0])
  }
  await ask('before')
  harness.stopAccepting()
  await harness.configure([shape], { listeners: [] })
  t.equal(await ask('after'), 's0:after')
})
