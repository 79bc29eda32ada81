import { once } from 'node:events'
import { connect, Server, type Socket } from 'node:net'
import t from 'tap'
import { startMetrics } from '../../../src/control/metrics/metrics.js'
import { StartError } from '../../../src/control/start-error.js'
import { serverOf } from '../small-registry.js'
import { samples, servedMetrics, smallSources } from './small-metrics.js'

const LISTEN = { family: 4, host: '127.0.0.1', port: 0 } as const

t.test('/metrics is what Prometheus reads', async (t) => {
  const get = await servedMetrics(t, smallSources())
  const { status, headers, body } = await get('/metrics?name=x')
  t.equal(status, 200)
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
  t.equal(samples(body).get('headgate_server_up{backend="db",server="r1"}'), 1)
})

t.test(
  '/ready is 503 while a frontend has no server, and while stopping; /live is 200 as long as it answers',
  async (t) => {
    const sources = smallSources()
    const get = await servedMetrics(t, sources)
    const both = async () => {
      const [live, ready] = await Promise.all([get('/live'), get('/ready')])
      t.equal(live.body, ready.body)
      return [live.status, ready.status, JSON.parse(ready.body).status]
    }
    t.same(await both(), [200, 200, 'healthy'])
    const [r1, r2] = [serverOf(sources.registry, 'r1'), serverOf(sources.registry, 'r2')]
    sources.registry.setHealth(r1, 'down', 'connection refused by 127.0.0.1:1')
    t.same(await both(), [200, 200, 'degraded'])
    sources.registry.setHealth(r2, 'down', 'connection refused by 127.0.0.1:2')
    t.same(await both(), [200, 503, 'unhealthy'])
    sources.registry.setHealth(r1, 'up', 'connected')
    sources.state.isStopping = true
    t.same(await both(), [200, 503, 'unhealthy'])
    const { headers, body } = await get('/ready')
    t.match(headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    t.match(JSON.parse(body), {
      version: '1.2.3',
      uptime: 90,
      checks: [{ name: 'process', words: 'stopping' }, {}, {}],
    })
  },
)

t.test('clients that cannot be accepted end nothing', async (t) => {
  const listened = t.capture(Server.prototype, 'listen', Server.prototype.listen)
  const get = await servedMetrics(t, smallSources())
  const server: unknown = listened()[0]?.receiver
  if (!(server instanceof Server)) throw new Error('no server was made to listen')
  for (let client = 0; client < 3; client++) {
    t.doesNotThrow(() => server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' })))
  }
  t.match(await get('/live'), { status: 200 })
})

t.test('other paths are 404 and other methods 405, in words', async (t) => {
  const get = await servedMetrics(t, smallSources())
  for (const path of ['/', '/metric', '/toString', '/metrics/', '//live']) {
    t.match(await get(path), { status: 404, body: 'nothing here; try /metrics, /live, /ready\n' }, path)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const answer = await get('/metrics', method, method.startsWith('P') ? 'a body that nobody reads' : undefined)
    t.match(
      answer,
      { status: 405, body: '/metrics takes GET and HEAD only\n', headers: { allow: 'GET, HEAD' } },
      method,
    )
  }
  t.match(await get('/live', 'HEAD'), { status: 200, body: '' })
})

t.test('a header beyond 8 KiB is refused', async (t) => {
  const server = await startMetrics({ ...smallSources(), listen: LISTEN })
  t.teardown(() => server.close())
  const socket = connect(server.address.port, '127.0.0.1').setEncoding('utf8')
  socket.write(`GET /live HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`)
  const [answer] = await once(socket, 'data')
  t.match(answer, /^HTTP\/1.1 431 /)
})

t.test('a 65th connection is closed, the 64 go on', async (t) => {
  const server = await startMetrics({ ...smallSources(), listen: LISTEN })
  t.teardown(() => server.close())
  const open = async () => {
    const socket = connect(server.address.port, '127.0.0.1').setEncoding('utf8')
    await once(socket, 'connect')
    return socket
  }
  const sockets: Socket[] = []
  for (let i = 0; i < 64; i++) sockets.push(await open())
  const [first] = sockets
  if (!first) throw new Error('no socket')
  // an answer on the last of the 64 shows that the server has accepted them all
  sockets.at(-1)?.write('GET /live HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(sockets.at(-1) ?? first, 'data')
  const late = await open()
  late.resume().on('error', () => {})
  await once(late, 'close')
  first.write('GET /live HTTP/1.1\r\nHost: x\r\n\r\n')
  const [answer] = await once(first, 'data')
  t.match(answer, /^HTTP\/1.1 200 /)
  for (const socket of sockets) socket.destroy()
})

t.test('close ends open connections, so that nothing holds up a stop', async (t) => {
  const server = await startMetrics({ ...smallSources(), listen: LISTEN })
  const socket = connect(server.address.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('GET /live HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  const closed = once(socket.resume(), 'close')
  await server.close()
  await closed
  t.pass()
})

t.test('an address that is taken is told in words', async (t) => {
  const server = await startMetrics({ ...smallSources(), listen: LISTEN })
  t.teardown(() => server.close())
  const error = await startMetrics({ ...smallSources(), listen: server.address }).catch((reason) => reason)
  t.ok(error instanceof StartError)
  t.match(error.message, `cannot bind [runtime].metrics 127.0.0.1:${server.address.port}: the address is in use`)
})

t.test('it listens on IPv6 too', async (t) => {
  const server = await startMetrics({ ...smallSources(), listen: { family: 6, host: '::1', port: 0 } })
  t.teardown(() => server.close())
  t.match(server.address, { family: 6, host: '::1' })
})
