/** Who moves, or has said all that it has to say, is not cut for its silence; who takes nothing any more is. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Daemon } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'

const IDLE_MS = 600
/** Several times more than the buffers between a server and its client. */
const BYTES = 16e6
/** At such a pace the kernel's buffer alone is full for longer than IDLE_MS. */
const PIECE_BYTES = 65_536
const PIECE_EVERY_MS = 25

async function start(t: Test, engine: Engine, serve: (socket: Socket) => void) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    t.teardown(() => socket.destroy())
    serve(socket.on('error', () => {}))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  // a listening TCP server's address is never a string
  const { port } = server.address() as AddressInfo
  const sections = `
[frontends.f]
listen = "tcp://127.0.0.1:0"
backend = "b"
client_idle = "${IDLE_MS}ms"
[backends.b]
check = false
server_idle = "10s"
servers = [{ name = "s", address = "127.0.0.1:${port}" }]
`
  const daemon = await Daemon.start(sections, { runtime: `engine = "${engine}"\nworkers = 1\nstop_timeout = "50ms"` })
  t.teardown(() => daemon.stop())
  const client = connect({ port: await daemon.port('f'), host: '127.0.0.1', allowHalfOpen: true }).pause()
  client.on('error', () => {})
  t.teardown(() => client.destroy())
  return { client, record: () => daemon.logged(({ event }) => event === 'session', 30_000) }
}

/** Reads to the end, slowly and without a pause. */
async function sip(socket: Socket): Promise<number> {
  let bytes = 0
  while (!socket.readableEnded && !socket.destroyed) {
    const piece: Buffer | null = socket.read(Math.min(PIECE_BYTES, Math.max(1, socket.readableLength)))
    bytes += piece?.length ?? 0
    await sleep(PIECE_EVERY_MS)
  }
  return bytes
}

for (const engine of ENGINES) {
  t.test(`${engine}: a client that takes nothing any more is ended`, { skip: skipEngine(engine) }, async (t) => {
    const { record } = await start(t, engine, (socket) => socket.end(Buffer.alloc(BYTES)))
    t.match(await record(), { reason: 'client-idle' })
  })

  t.test(`${engine}: a client that has sent its end gets its answer`, { skip: skipEngine(engine) }, async (t) => {
    const { client, record } = await start(t, engine, async (socket) => {
      await once(socket, 'data')
      socket.write('head ')
      await sleep(3 * IDLE_MS) // it works
      socket.end('tail')
    })
    let answer = ''
    client.on('data', (text) => {
      answer += text
    })
    client.resume().end('question')
    t.match(await record(), { reason: 'done' })
    t.equal(answer, 'head tail')
  })
}

// the portable engine does not see what the kernel's buffer holds
t.test('linux: a client that reads slowly is not cut', { skip: skipEngine('linux') }, async (t) => {
  const { client, record } = await start(t, 'linux', (socket) => socket.end(Buffer.alloc(BYTES)))
  const read = sip(client)
  await once(client, 'end')
  t.equal(await read, BYTES)
  client.end()
  t.match(await record(), { reason: 'done' })
})
