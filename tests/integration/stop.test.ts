/** How the daemon ends, what it does without servers, and how it gets over the death of a worker. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { discrepancies } from '../support/conservation.js'
import { Daemon, type LogLine } from '../support/daemon.js'
import { eventually } from '../support/eventually.js'
import { freePort } from '../support/free-port.js'
import { Program } from '../support/program.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

const config = (port: number) => `
[frontends.echo]
listen = "tcp://127.0.0.1:0"
backend = "echo"

[backends.echo]
check = { type = "tcp", interval = "100ms", rise = 2, fall = 2 }
servers = [{ name = "s1", address = "127.0.0.1:${port}" }]
`

const event = (name: string) => (line: LogLine) => line.event === name

t.test('SIGTERM waits for sessions, and takes no new ones', async (t) => {
  const server = await startEchoServer()
  t.teardown(server.close)
  const daemon = await Daemon.start(config(server.port), { runtime: 'stop_timeout = "20s"' })
  const port = await daemon.port('echo')
  const client = await TcpClient.connect(port)
  t.equal(await client.echo('before'), 'before')

  daemon.program.kill('SIGTERM')
  t.match(await daemon.logged(event('stopping')), { sessions: 1 })
  t.equal(await client.echo('during'), 'during', 'the session goes on')
  t.equal(await (await TcpClient.connect(port)).ended, 'ECONNREFUSED', 'a new one is refused')
  await client.close()
  t.match(await daemon.logged(event('stopped')), { count: 0 })
  t.match(await daemon.program.exited, { code: 0, signal: null })
})

t.test('at the deadline it cuts what is left, and says how many', async (t) => {
  const server = await startEchoServer()
  t.teardown(server.close)
  const daemon = await Daemon.start(config(server.port), { runtime: 'stop_timeout = "300ms"' })
  const port = await daemon.port('echo')
  const clients = [await TcpClient.connect(port), await TcpClient.connect(port)]
  for (const client of clients) await client.echo('hello')

  daemon.program.kill('SIGTERM')
  t.match(await daemon.logged(event('stopped')), { count: 2 })
  t.match(await daemon.program.exited, { code: 0, signal: null })
  for (const client of clients) t.equal(await client.ended, 'ECONNRESET', 'cut, not ended in order')
  const records = daemon.log.filter((line) => line.reason === 'stopped')
  t.equal(records.length, 2, 'each has its line in the session log')
})

t.test('a second signal stops at once', async (t) => {
  const server = await startEchoServer()
  t.teardown(server.close)
  const daemon = await Daemon.start(config(server.port), { runtime: 'stop_timeout = "1h"' })
  const client = await TcpClient.connect(await daemon.port('echo'))
  await client.echo('hello')
  daemon.program.kill('SIGTERM')
  await daemon.logged(event('stopping'))
  daemon.program.kill('SIGTERM')
  t.match(await daemon.logged(event('stopped')), { count: 1 })
  t.match(await daemon.program.exited, { code: 0, signal: null })
})

t.test('all servers down is a state: a log line, a metric and a counted refusal', async (t) => {
  const serverPort = await freePort()
  const daemon = await Daemon.start(config(serverPort), { runtime: 'metrics = "127.0.0.1:0"' })
  t.teardown(() => daemon.stop())
  await daemon.logged(event('backend-down'))
  const client = await TcpClient.connect(await daemon.port('echo'))
  t.match(await client.ended, /closed|ECONNRESET/, 'the client is turned away at once')
  const status = await daemon.status()
  t.match(status, { status: 'unhealthy', backends: [{ state: 'down' }], frontends: [{ refused: { noServer: 1 } }] })
  t.strictSame(discrepancies(status), [])

  const { metrics } = await daemon.logged(event('startup'))
  const page = await (await fetch(`http://${metrics}/metrics`)).text()
  t.match(page, /^headgate_server_up\{.*server="s1".*\} 0$/m)
  t.match(page, /^headgate_\w*refused\w*\{.*reason="no-server".*\} 1$/m)
  t.equal((await fetch(`http://${metrics}/ready`)).status, 503)
  t.equal((await fetch(`http://${metrics}/live`)).status, 200)

  const server = await startEchoServer(serverPort)
  t.teardown(server.close)
  await daemon.logged(event('backend-up'))
  const welcome = await TcpClient.connect(await daemon.port('echo'))
  t.equal(await welcome.echo('hello'), 'hello', 'sessions are taken again')
  await welcome.close()
  t.equal((await fetch(`http://${metrics}/ready`)).status, 200)
})

t.test('a worker that dies is logged, its sessions are counted as lost, and another takes its place', async (t) => {
  const server = await startEchoServer()
  t.teardown(server.close)
  const preload = new URL('../fixtures/crash-worker.mjs', import.meta.url).href
  const daemon = await Daemon.start(config(server.port), {
    runtime: 'engine = "portable"',
    env: { NODE_OPTIONS: `--import ${preload}` },
  })
  t.teardown(() => daemon.stop())
  const port = await daemon.port('echo')
  const lost = await TcpClient.connect(port)
  await lost.echo('hello')

  daemon.program.kill('SIGUSR2')
  t.match(await daemon.logged(event('worker-died')), { sessions: 1 })
  t.match(await lost.ended, /closed|ECONNRESET/)
  await daemon.logged(event('worker-restarted'))
  const next = await TcpClient.connect(await daemon.port('echo'))
  t.equal(await next.echo('again'), 'again', 'sessions are taken again')
  t.equal((await daemon.status()).sessions.live, 1, 'the lost session is not alive any more')
  await next.close()
})

t.test('the demo drives itself through a drain', async (t) => {
  const main = fileURLToPath(new URL('../../scripts/live-demo/main.ts', import.meta.url))
  const demo = Program.start(process.execPath, ['--import', 'tsx', main, '--once'])
  const { code } = await demo.exited
  t.equal(code, 0, demo.lines.join('\n'))
  t.match(demo.lines.at(-1), /all as it should be/)
})

t.test('when the daemon is killed, no child of it goes on taking connections', async (t) => {
  const server = await startEchoServer()
  t.teardown(server.close)
  const daemon = await Daemon.start(config(server.port))
  const port = await daemon.port('echo')
  await daemon.stop('SIGKILL')
  await eventually('nobody listens', async () => (await (await TcpClient.connect(port)).ended) === 'ECONNREFUSED')
})
