/**
 * What the linux engine leaves to the garbage collector: nothing for a byte or a datagram. V8 itself tells, by
 * --trace-gc in the worker of a whole daemon. The figures stand in docs/performance.md.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { Daemon } from '../support/daemon.js'
import { skipEngine } from '../support/engines.js'
import { type Collections, readCollections } from '../support/gc-trace.js'
import { Program } from '../support/program.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const CONNECTIONS = 64
/** Whole batches for each connection. */
const REQUESTS = 1_024_000
/** Requests of one connection on their way at the same time. */
const PIPELINED = 8
const REQUEST_BYTES = 64

const CLIENTS = 64
const ECHOES = 120_000
/** Datagrams of one client on their way at the same time. */
const WINDOW = 4
const LOST_AFTER_MS = 500

const skip = skipEngine('linux')

interface Running {
  readonly daemon: Daemon
  /** Ends the daemon, and its worker's trace with it. */
  collections(): Promise<Collections>
}

async function start(t: Test): Promise<Running> {
  const folder = temporaryFolder()
  t.teardown(() => folder.remove())
  const echo = Program.start(process.execPath, [fileURLToPath(new URL('../fixtures/echo-server.mjs', import.meta.url))])
  t.teardown(() => echo.stop())
  const { tcp, udp } = JSON.parse(await echo.line(/^\{/))
  const file = join(folder.path, 'gc')
  const preload = new URL('../fixtures/trace-gc.mjs', import.meta.url).href
  const daemon = await Daemon.start(sections(tcp, udp), {
    runtime: 'engine = "linux"\nworkers = 1\nstop_timeout = "50ms"',
    env: { NODE_OPTIONS: `--import ${preload}`, TRACE_GC: file },
  })
  let stopped: Promise<unknown> | undefined
  const stop = () => {
    stopped ??= daemon.stop()
    return stopped
  }
  t.teardown(stop)
  return { daemon, collections: () => stop().then(() => readCollections(file)) }
}

const sections = (tcp: number, udp: number) => `
[frontends.requests]
listen = "tcp://127.0.0.1:0"
backend = "requests"
client_idle = "1h"
[backends.requests]
server_idle = "1h"
servers = [{ name = "s1", address = "127.0.0.1:${tcp}" }]
[frontends.datagrams]
listen = "udp://127.0.0.1:0"
backend = "datagrams"
[backends.datagrams]
servers = [{ name = "s1", address = "127.0.0.1:${udp}" }]
`

/** Sends `requests` of them, PIPELINED at a time, and resolves when all are answered. */
async function converse(port: number, requests: number): Promise<void> {
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const batch = Buffer.alloc(PIPELINED * REQUEST_BYTES, 'request ')
  await new Promise<void>((resolve, reject) => {
    let left = requests / PIPELINED
    let missing = 0
    const next = () => {
      if (left-- === 0) return resolve()
      missing = batch.length
      socket.write(batch)
    }
    socket.on('error', reject).on('end', () => reject(new Error('ended too early')))
    socket.on('data', (bytes) => {
      missing -= bytes.length
      if (missing === 0) next()
    })
    next()
  })
  socket.removeAllListeners('end').end()
  await once(socket, 'close')
}

/** Resolves when `echoes` have come back; sends again what is lost. */
async function volley(port: number, echoes: number): Promise<void> {
  const socket = createSocket('udp4')
  const connected = once(socket, 'connect')
  socket.connect(port, '127.0.0.1')
  await connected
  const datagram = Buffer.alloc(100, 'datagram ')
  await new Promise<void>((resolve) => {
    let left = echoes
    const send = () => {
      for (let i = 0; i < WINDOW; i++) socket.send(datagram)
    }
    const lost = setInterval(send, LOST_AFTER_MS)
    socket.on('message', () => {
      lost.refresh()
      if (--left > 0) return socket.send(datagram)
      clearInterval(lost)
      resolve()
    })
    send()
  })
  socket.close()
}

/** Six or seven collections come with starting and compiling; each further one stands for some 2 MB of garbage. */
const MOST_COLLECTIONS = 25
/** Starting included. A number above 2^31 on the heap is 12 bytes, the smallest object 24. */
const MOST_BYTES_EACH = { request: 24, datagram: 80 }
/** Of all together, on a machine that is busy with other tests. */
const MOST_MS = 500

function isLittle(t: Test, { count, totalMs, longestMs, freedBytes }: Collections, thing: Thing, things: number): void {
  const each = freedBytes / things
  const times = `${totalMs.toFixed(1)} ms in all, the longest ${longestMs.toFixed(1)} ms`
  t.comment(`${count} collections, ${times}, ${each.toFixed(1)} bytes for each ${thing}`)
  t.ok(count > 0, 'V8 has written its trace')
  t.ok(count <= MOST_COLLECTIONS, `${count} collections`)
  t.ok(each <= MOST_BYTES_EACH[thing], `${each.toFixed(1)} bytes for each ${thing}`)
  t.ok(totalMs <= MOST_MS, times)
}

type Thing = keyof typeof MOST_BYTES_EACH

t.test(`${REQUESTS.toLocaleString('en')} requests over ${CONNECTIONS} lasting connections`, { skip }, async (t) => {
  const { daemon, collections } = await start(t)
  const port = await daemon.port('requests')
  await Promise.all(Array.from({ length: CONNECTIONS }, () => converse(port, REQUESTS / CONNECTIONS)))
  const { frontends } = await daemon.status()
  t.equal(frontends[0]?.bytes.in, REQUESTS * REQUEST_BYTES, 'all went through the worker')
  isLittle(t, await collections(), 'request', REQUESTS)
})

t.test(`${(2 * ECHOES).toLocaleString('en')} datagrams of ${CLIENTS} flows`, { skip }, async (t) => {
  const { daemon, collections } = await start(t)
  const port = await daemon.port('datagrams')
  await Promise.all(Array.from({ length: CLIENTS }, () => volley(port, ECHOES / CLIENTS)))
  const { frontends } = await daemon.status()
  const passed = frontends.find(({ protocol }) => protocol === 'udp')?.datagrams
  t.ok(passed && passed.in >= ECHOES && passed.out >= ECHOES, `${passed?.in} in, ${passed?.out} out`)
  isLittle(t, await collections(), 'datagram', 2 * ECHOES)
})
