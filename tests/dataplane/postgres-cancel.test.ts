import { once } from 'node:events'
import t, { type Test } from 'tap'
import { ADMIN_CODE, HEALTH_CODE } from '../../src/core/server-state.js'
import { cancelRequest, GSS_REQUEST, keyData, READY, SSL_REQUEST, STARTUP } from '../core/postgres/postgres-bytes.js'
import { type PostgresServer, postgresServer } from './postgres-server.js'
import { type ClientEnd, deadServer, dial, Harness, talk } from './worker-harness.js'

const FRONTEND = { speaks: 'postgres' } as const
const UNKNOWN = { pid: 4711, secret: Buffer.alloc(32) }

interface Bench {
  readonly harness: Harness
  readonly servers: readonly PostgresServer[]
}

async function threeServers(t: Test): Promise<Bench> {
  const servers = await Promise.all([0, 1, 2].map((slot) => postgresServer(t, slot)))
  const options = { frontend: FRONTEND, backend: { policy: 'round-robin', retries: 0 } }
  return { harness: await Harness.start(t, { ...options, servers: servers.map(({ shape }) => shape) }), servers }
}

/** A session that can take queries. */
async function session(harness: Harness) {
  const { socket, ended } = dial(harness.port)
  socket.write(STARTUP)
  let came = Buffer.alloc(0)
  while (!came.subarray(-READY.length).equals(READY)) {
    const [chunk] = await once(socket, 'data')
    came = Buffer.concat([came, chunk])
  }
  return { socket, ended }
}

const cancelsOf = (servers: readonly PostgresServer[]) => servers.map(({ cancels }) => cancels)

t.test('a CancelRequest goes to the server of its session, and to no other', async (t) => {
  const { harness, servers } = await threeServers(t)
  for (let i = 0; i < 6; i++) await session(harness)
  for (const { keys } of servers) {
    for (const key of keys) t.same(await talk(harness.port, cancelRequest(key)), { how: 'end', text: '' })
  }
  t.same(cancelsOf(servers), [
    [1000, 1001],
    [2000, 2001],
    [3000, 3001],
  ])
  const records = await harness.closed(6)
  t.match(records, Array(6).fill({ cancel: 'owner', reason: 'done', bytes_in: 44 }))
  t.same(
    records.map(({ server }) => server),
    ['s0', 's0', 's1', 's1', 's2', 's2'],
  )
  t.equal(harness.frontend('cancelsToOwner'), 6)
  harness.checkConservation(t)
})

t.test('it reaches a server that takes no new sessions', async (t) => {
  const { harness, servers } = await threeServers(t)
  for (let i = 0; i < 3; i++) await session(harness)
  harness.board.setServer(0, 'admin', ADMIN_CODE.drain)
  harness.board.setServer(1, 'health', HEALTH_CODE.down)
  harness.board.setServer(2, 'maxSessions', 1)
  harness.board.bumpGeneration(0)
  for (const { keys } of servers) for (const key of keys) await talk(harness.port, cancelRequest(key))
  t.same(cancelsOf(servers), [[1000], [2000], [3000]])
})

t.test('that of an unknown session goes to all servers, and ends when they have ended', async (t) => {
  const { harness, servers } = await threeServers(t)
  t.same(await talk(harness.port, cancelRequest(UNKNOWN)), { how: 'end', text: '' })
  t.same(cancelsOf(servers), [[4711], [4711], [4711]])
  const [record] = await harness.closed(1)
  t.match(record, { cancel: 'all', reason: 'done', backend: 'b', server: undefined })
  t.equal(harness.frontend('cancelsToAll'), 1)
  harness.checkConservation(t)
})

t.test('a session that has ended is unknown', async (t) => {
  const { harness, servers } = await threeServers(t)
  const { socket, ended } = await session(harness)
  socket.end()
  await ended
  await harness.closed(1)
  const key = servers[0]?.keys[0] ?? UNKNOWN
  await talk(harness.port, cancelRequest(key))
  t.same(cancelsOf(servers), [[1000], [1000], [1000]])
})

t.test('servers that cannot be reached keep nobody from being asked', async (t) => {
  const [alive, dead] = [await postgresServer(t, 0), await deadServer(1)]
  const harness = await Harness.start(t, { frontend: FRONTEND, servers: [alive.shape, dead] })
  t.same(await talk(harness.port, cancelRequest(UNKNOWN)), { how: 'end', text: '' })
  t.same(alive.cancels, [4711])
  t.match(await harness.closed(1), [{ cancel: 'all', reason: 'done' }])
})

t.test('where none can be reached the client is refused', async (t) => {
  const harness = await Harness.start(t, { frontend: FRONTEND, servers: [await deadServer(0), await deadServer(1)] })
  t.match(await talk(harness.port, cancelRequest(UNKNOWN)), { how: 'reset' })
  t.match(await harness.closed(1), [{ cancel: 'all', reason: 'connect-refused', detail: 'ECONNREFUSED' }])
  harness.checkConservation(t)
})

t.test('a cancel that does not reach its server is tried nowhere else', async (t) => {
  const [server, other] = [await postgresServer(t, 0), await postgresServer(t, 1)]
  const harness = await Harness.start(t, { frontend: FRONTEND, servers: [server.shape, other.shape] })
  await session(harness)
  // the address of a server that has moved meanwhile
  await harness.configure([await deadServer(0), other.shape])
  t.match(await talk(harness.port, cancelRequest(server.keys[0] ?? UNKNOWN)), { how: 'reset' })
  t.match(await harness.closed(1), [{ cancel: 'owner', server: 's0', reason: 'connect-refused' }])
  t.equal(other.connections, 0)
})

t.test('behind a refused encryption it is copied to its server', async (t) => {
  const { harness, servers } = await threeServers(t)
  for (let i = 0; i < 3; i++) await session(harness)
  const key = servers[2]?.keys[0] ?? UNKNOWN
  const { socket, ended } = dial(harness.port)
  for (const request of [GSS_REQUEST, SSL_REQUEST]) {
    socket.write(request)
    t.equal(String((await once(socket, 'data'))[0]), 'N')
  }
  socket.write(cancelRequest(key))
  t.match(await ended, { how: 'end' })
  t.match(await harness.closed(1), [{ cancel: 'copied', server: 's0' }])
  while (servers[2]?.cancels.length === 0) await new Promise(setImmediate)
  t.same(cancelsOf(servers), [[3000], [], [3000]], 'the one that was chosen, and the one that it was for')
  t.equal(harness.frontend('cancelsCopied'), 1)
  harness.checkConservation(t)
})

t.test('and to all when nobody knows its session', async (t) => {
  const { harness, servers } = await threeServers(t)
  const { socket, ended } = dial(harness.port)
  socket.write(SSL_REQUEST)
  await once(socket, 'data')
  socket.write(cancelRequest(UNKNOWN))
  t.match(await ended, { how: 'end' })
  while (servers.some(({ cancels }) => cancels.length === 0)) await new Promise(setImmediate)
  t.same(cancelsOf(servers), [[4711], [4711], [4711]])
})

t.test('what passes encrypted is not looked at', async (t) => {
  const server = await postgresServer(t, 0, { encrypts: true })
  const harness = await Harness.start(t, { frontend: FRONTEND, servers: [server.shape] })
  const { socket } = dial(harness.port)
  socket.write(SSL_REQUEST)
  t.equal(String((await once(socket, 'data'))[0]), 'S')
  const cipher = Buffer.concat([keyData(UNKNOWN), cancelRequest(UNKNOWN)])
  socket.write(cipher)
  t.same((await once(socket, 'data'))[0], cipher, 'and comes back')
  await talk(harness.port, cancelRequest(UNKNOWN))
  t.match(await harness.closed(1), [{ cancel: 'all' }])
  socket.destroy()
})

t.test('sessions are what they are without it, however their first packet comes', async (t) => {
  const { harness } = await threeServers(t)
  const { socket, ended } = dial(harness.port)
  socket.setNoDelay(true)
  for (const byte of STARTUP) socket.write(Uint8Array.of(byte))
  await once(socket, 'data')
  socket.write('query')
  t.equal(String((await once(socket, 'data'))[0]), 'query')
  socket.end()
  await ended
  t.match(await harness.closed(1), [{ reason: 'done', bytes_in: STARTUP.length + 5, cancel: undefined }])
})

t.test('what is not PostgreSQL is the server’s to judge', async (t) => {
  const { harness } = await threeServers(t)
  t.same(await talk(harness.port, 'GET / HTTP/1.1\r\n\r\n'), { how: 'end', text: 'not mine' })
})

t.test('who ends without a byte troubles no server', async (t) => {
  const { harness, servers } = await threeServers(t)
  const { socket, ended } = dial(harness.port)
  socket.end()
  await ended
  t.same(
    servers.map(({ connections }) => connections),
    [0, 0, 0],
  )
  t.equal(harness.frontend('clientGone'), 1)
  harness.checkConservation(t)
})

t.test('a flood of made-up keys is bounded', async (t) => {
  let release = () => {}
  const hangsUntil = new Promise<void>((resolve) => {
    release = resolve
  })
  const servers = await Promise.all([0, 1].map((slot) => postgresServer(t, slot, { hangsUntil })))
  const options = { frontend: FRONTEND, backend: { connectTimeoutMs: 60_000 } }
  const harness = await Harness.start(t, { ...options, servers: servers.map(({ shape }) => shape) })
  const clients: Promise<ClientEnd>[] = []
  for (let i = 0; i < 300; i++) {
    const { socket, ended } = dial(harness.port)
    // more at once than the queue holds would come a second later
    await once(socket, 'connect')
    socket.write(cancelRequest(UNKNOWN))
    clients.push(ended)
  }
  t.match(await harness.closed(44), Array(44).fill({ reason: 'cancel-limit' }), '512 connections are open')
  release()
  const ends = await Promise.all(clients)
  t.equal(ends.filter(({ how }) => how === 'end').length, 256)
  t.same(
    cancelsOf(servers).map(({ length }) => length),
    [256, 256],
  )
  harness.checkConservation(t)
})

t.test('a server that never ends the connection keeps nobody waiting for ever', async (t) => {
  const server = await postgresServer(t, 0, { hangsUntil: new Promise(() => {}) })
  const options = { frontend: FRONTEND, backend: { connectTimeoutMs: 50 } }
  const harness = await Harness.start(t, { ...options, servers: [server.shape] })
  t.match(await talk(harness.port, cancelRequest(UNKNOWN)), { how: 'end' })
  t.match(await harness.closed(1), [{ cancel: 'all', reason: 'done' }])
})
