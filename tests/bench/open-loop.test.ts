/** The benchmark's open-loop load, against servers inside the test that answer well, in pieces, late or not at all. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openLoop } from '../../scripts/bench/load/open-loop.js'
import { skipEngine } from '../support/engines.js'
import { freePort } from '../support/free-port.js'

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const REQUEST = 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n'
const PER_SECOND = 2000
const skip = skipEngine('linux')

type OnRequests = (socket: Socket, count: number) => void

/** @param onRequests called with how many requests have come in one read, but for the first of all, which asks how long an answer is */
async function load(t: Test, onRequests: OnRequests) {
  let asked = 0
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    socket.on('data', (bytes) => {
      // requests are small: on loopback each comes whole
      const count = bytes.length / REQUEST.length
      if (asked === 0) socket.write(ANSWER)
      else onRequests(socket, count)
      asked += count
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  // a listening TCP server's address is never a string
  const { port } = server.address() as AddressInfo
  const latencies = await openLoop({ port, perSecond: PER_SECOND, warmUpSeconds: 0.2, seconds: 0.5 })
  return { latencies, asked: asked - 1 }
}

t.test('every request is sent and its answer timed', { skip }, async (t) => {
  const { latencies, asked } = await load(t, (socket, count) => socket.write(ANSWER.repeat(count)))
  t.equal(asked, PER_SECOND * 0.7)
  t.ok(latencies.p50 > 0)
  t.ok(latencies.p50 <= latencies.p99)
  t.ok(latencies.p99 <= latencies['p99.9'])
})

t.test('answers in pieces are counted when they are whole, each to its own request', { skip }, async (t) => {
  const { latencies } = await load(t, async (socket, count) => {
    socket.write(ANSWER.slice(0, 10))
    await sleep(20)
    // the end of one answer comes with what follows it
    socket.write(ANSWER.slice(10) + ANSWER.repeat(count - 1))
  })
  t.ok(latencies.p50 > 20_000, `${latencies.p50} µs`)
  t.ok(latencies.p50 < 500_000, `${latencies.p50} µs`)
})

t.test('requests that come due during a stall count from when they were due', { skip }, async (t) => {
  const stalled: Socket[] = []
  let count = 0
  const { latencies } = await load(t, (socket, more) => {
    count += more
    for (let i = 0; i < more; i++) stalled.push(socket)
    // the last 400 of 1,400 requests wait for the very last
    if (count >= 1000 && count < 1400) return
    for (const socket of stalled.splice(0)) socket.write(ANSWER)
  })
  // a stall of 200 ms: 400 of the 1,000 that are measured had, evenly spread, 0 to 200 ms left
  t.ok(latencies.p99 > 180_000, `${latencies.p99} µs`)
  t.ok(latencies['typical p99'] < latencies.p99, `${latencies['typical p99']} µs`)
  t.ok(latencies.p50 < 100_000, `${latencies.p50} µs`)
})

t.test('answers that never come are an error that tells how many', { skip }, async (t) => {
  let left = 1000
  const silentAfterSome = load(t, (socket, count) => {
    for (let i = 0; i < count; i++) if (left-- > 0) socket.write(ANSWER)
  })
  await t.rejects(silentAfterSome, { message: /400 of 1400 requests at 2000\/s had no answer/ })
})

t.test('a connection that ends is an error', { skip }, async (t) => {
  const ending = load(t, (socket) => socket.end())
  await t.rejects(ending, { message: /a connection was ended under the load/ })
})

t.test('nobody listening is an error that says so', { skip }, async (t) => {
  const nobody = openLoop({ port: await freePort(), perSecond: PER_SECOND, warmUpSeconds: 0, seconds: 0.1 })
  await t.rejects(nobody, { message: /connecting failed: ECONNREFUSED/ })
})
