import dgram from 'node:dgram'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { HEALTH_CODE } from '../../src/core/server-state.js'
import { connectError } from '../../src/dataplane/connect-failure.js'
import { closeDatagram, deadServer, Harness, udpEcho } from './worker-harness.js'

class Client {
  readonly socket = dgram.createSocket('udp4')
  constructor(
    t: Test,
    private readonly port: number,
  ) {
    t.teardown(() => closeDatagram(this.socket))
  }
  send(text: string): void {
    this.socket.send(text, this.port, '127.0.0.1')
  }
  async ask(text: string): Promise<string> {
    this.send(text)
    return String((await once(this.socket, 'message'))[0])
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}

t.test('each client has its own flow, its replies come back to it, and bytes are counted', async (t) => {
  const { shape } = await udpEcho(t, 0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [shape] })
  const clients = Array.from({ length: 20 }, () => new Client(t, harness.port))
  const answers = await Promise.all(clients.map((client, i) => client.ask(`c${i}`)))
  t.same(
    answers,
    clients.map((_, i) => `s0:c${i}`),
  )
  t.equal(harness.board.liveOfServer(0), 20)
  t.equal(await clients[3]?.ask('again'), 's0:again')
  t.equal(harness.frontend('accepted'), 20)
  t.equal(harness.frontend('datagramsIn'), 21)
  t.equal(harness.frontend('datagramsOut'), 21)
  t.equal(harness.frontend('bytesOut') - harness.frontend('bytesIn'), 21 * 3)
  harness.checkConservation(t)
})

t.test('a silent flow is closed after udp.idle, a busy one is not', async (t) => {
  const { shape } = await udpEcho(t, 0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [shape], backend: { udpIdleMs: 1000 } })
  const client = new Client(t, harness.port)
  await client.ask('1')
  const now = harness.engine.now()
  harness.sessions.endIdle(now + 500)
  t.equal(harness.sessions.size, 1)
  harness.sessions.endIdle(now + 1500)
  t.match((await harness.closed(1))[0], {
    reason: 'idle',
    datagrams_in: 1,
    datagrams_out: 1,
    bytes_in: 1,
    bytes_out: 4,
  })
  t.equal(harness.board.liveOfServer(0), 0)
  t.equal(await client.ask('2'), 's0:2', 'and begins anew with its next datagram')
  harness.checkConservation(t)
})

t.test('more flows than max_sessions are refused, known ones go on', async (t) => {
  const { shape } = await udpEcho(t, 0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [shape] })
  harness.board.setFrontendMaxSessions(0, 2)
  const [a, b, c] = [new Client(t, harness.port), new Client(t, harness.port), new Client(t, harness.port)]
  await a.ask('a')
  await b.ask('b')
  c.send('c')
  await until(() => harness.frontend('refusedFrontendLimit') === 1)
  t.equal(harness.frontend('datagramsDropped'), 1)
  t.equal(await a.ask('again'), 's0:again')
  harness.checkConservation(t)
})

t.test('a refusal by the server moves the flow at its next datagram', async (t) => {
  const servers = [await deadServer(0), (await udpEcho(t, 1)).shape]
  const harness = await Harness.start(t, { protocol: 'udp', servers })
  const client = new Client(t, harness.port)
  client.send('lost')
  await until(() => harness.server(0, 'udpRefusals') === 1)
  t.equal(await client.ask('moved'), 's1:moved')
  t.match((await harness.closed(1))[0], { reason: 'server-refused', server: 's0', datagrams_in: 1 })
  t.equal(await client.ask('stays'), 's1:stays')
  harness.checkConservation(t)
})

t.test('a refused flow with nowhere to go stays, and works again when its server is back', async (t) => {
  const dead = await deadServer(0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [dead] })
  const client = new Client(t, harness.port)
  client.send('lost')
  await until(() => harness.server(0, 'udpRefusals') === 1)
  if (dead.address?.family !== 4) throw new Error('not IPv4')
  await udpEcho(t, 0, dead.address.port)
  t.equal(await client.ask('back'), 's0:back')
  t.equal(harness.frontend('accepted'), 1)
})

t.test('a server that the checks took down loses its flows at their next datagram', async (t) => {
  const servers = [(await udpEcho(t, 0)).shape, (await udpEcho(t, 1)).shape]
  const harness = await Harness.start(t, { protocol: 'udp', servers })
  const client = new Client(t, harness.port)
  t.equal(await client.ask('1'), 's0:1')
  harness.board.setServer(0, 'health', HEALTH_CODE.down)
  t.equal(await client.ask('2'), 's1:2')
  t.match((await harness.closed(1))[0], { reason: 'server-down' })
  harness.board.setServer(1, 'health', HEALTH_CODE.down)
  t.equal(await client.ask('3'), 's1:3', 'down, but there is no other: better than nothing')
  harness.checkConservation(t)
})

t.test('no server at all: the datagram is dropped and counted', async (t) => {
  const { shape } = await udpEcho(t, 0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [shape] })
  harness.board.setServer(0, 'health', HEALTH_CODE.down)
  new Client(t, harness.port).send('x')
  await until(() => harness.frontend('refusedNoServer') === 1)
  t.equal(harness.frontend('datagramsDropped'), 1)
  t.equal(harness.board.liveOfAll(), 0)
})

const SHORTAGES = [
  { code: 'EAGAIN', notice: 'ports-exhausted', descriptors: 0 },
  { code: 'EADDRINUSE', notice: 'ports-exhausted', descriptors: 0 },
  { code: 'EMFILE', notice: 'descriptors-exhausted', descriptors: 2 },
]
for (const { code, notice, descriptors } of SHORTAGES) {
  t.test(`${code} on the way to a server is told once, and is no error of the server`, async (t) => {
    const { shape } = await udpEcho(t, 0)
    const harness = await Harness.start(t, { protocol: 'udp', servers: [shape] })
    const { openFlow } = harness.engine
    harness.engine.openFlow = () => ({ ok: false, error: connectError(code) })
    for (let i = 0; i < 2; i++) new Client(t, harness.port).send('x')
    await until(() => harness.frontend('datagramsDropped') === 2)
    t.equal(harness.server(0, 'connectErrors'), 0)
    t.equal(harness.frontend('refusedConnect'), 2)
    t.equal(harness.board.workerCounter(0, 'descriptorsExhausted'), descriptors)
    t.same(harness.notices, [{ notice, detail: `flow of 127.0.0.1:${harness.port} to b/s0: ${code}` }])
    harness.engine.openFlow = openFlow
    t.equal(await new Client(t, harness.port).ask('later'), 's0:later')
    harness.checkConservation(t)
  })
}

t.test('a server that cannot be reached is an error of the server', async (t) => {
  // a UDP connect to the broadcast address fails within the kernel
  const address = { family: 4, host: '255.255.255.255', port: 9 } as const
  const harness = await Harness.start(t, { protocol: 'udp', servers: [{ slot: 0, name: 's0', address }] })
  new Client(t, harness.port).send('x')
  await until(() => harness.frontend('datagramsDropped') === 1)
  t.equal(harness.server(0, 'connectErrors'), 1)
  t.same(harness.notices, [])
  harness.checkConservation(t)
})

t.test('a stopping worker serves the clients it knows and no others', async (t) => {
  const { shape } = await udpEcho(t, 0)
  const harness = await Harness.start(t, { protocol: 'udp', servers: [shape] })
  const known = new Client(t, harness.port)
  await known.ask('1')
  harness.stopAccepting()
  new Client(t, harness.port).send('too late')
  await until(() => harness.frontend('datagramsDropped') === 1)
  t.equal(await known.ask('2'), 's0:2')
})

for (const key of ['address', 'address:port'] as const) {
  t.test(`source hashes the client’s ${key}`, async (t) => {
    const servers = await Promise.all([0, 1, 2, 3].map(async (slot) => (await udpEcho(t, slot)).shape))
    const harness = await Harness.start(t, { protocol: 'udp', servers, backend: { policy: 'maglev', key } })
    const answers = await Promise.all(Array.from({ length: 40 }, () => new Client(t, harness.port).ask('x')))
    const seen = new Set(answers.map((answer) => answer.slice(0, 2)))
    if (key === 'address') t.equal(seen.size, 1, 'one client address, one server')
    else t.ok(seen.size > 1, 'ports spread')
  })
}
