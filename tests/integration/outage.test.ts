/** What the daemon does without servers, and how it gets over the death of a worker. */
import t from 'tap'
import { discrepancies } from '../support/conservation.js'
import { Daemon, type LogLine } from '../support/daemon.js'
import { ENGINES, skipEngine } from '../support/engines.js'
import { freePort } from '../support/free-port.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

const config = (listen: number, server: number) => `
[frontends.echo]
listen = "tcp://127.0.0.1:${listen}"
backend = "echo"

[backends.echo]
check = { type = "tcp", interval = "100ms", rise = 2, fall = 2 }
servers = [{ name = "s1", address = "127.0.0.1:${server}" }]
`

const event = (name: string) => (line: LogLine) => line.event === name

for (const engine of ENGINES) {
  const skip = skipEngine(engine)

  t.test(`${engine}: all servers down is a state: a log line, a metric and a counted refusal`, { skip }, async (t) => {
    const serverPort = await freePort()
    const runtime = `engine = "${engine}"\nmetrics = "127.0.0.1:0"`
    const daemon = await Daemon.start(config(0, serverPort), { runtime })
    t.teardown(() => daemon.stop())
    await daemon.logged(event('backend-down'))
    const { metrics } = await daemon.logged(event('startup'))
    const client = await TcpClient.connect(await daemon.port('echo'))
    t.match(await client.ended, /closed|ECONNRESET/, 'the client is turned away at once')
    const status = await daemon.status()
    t.match(status, { status: 'unhealthy', backends: [{ state: 'down' }], frontends: [{ refused: { noServer: 1 } }] })
    t.strictSame(discrepancies(status), [])

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

  t.test(
    `${engine}: a worker that dies is logged, its sessions lost, and another takes its place`,
    { skip },
    async (t) => {
      const server = await startEchoServer()
      t.teardown(server.close)
      const port = await freePort()
      const preload = new URL('../fixtures/crash-worker.mjs', import.meta.url).href
      const daemon = await Daemon.start(config(port, server.port), {
        runtime: `engine = "${engine}"\nworkers = 1`,
        env: { NODE_OPTIONS: `--import ${preload}` },
      })
      t.teardown(() => daemon.stop())
      const lost = await TcpClient.connect(port)
      await lost.echo('hello')

      daemon.program.kill('SIGUSR2')
      t.match(await daemon.logged(event('worker-died')), { sessions: 1 })
      t.match(await lost.ended, /closed|ECONNRESET/)
      await daemon.logged(event('worker-restarted'))
      const next = await TcpClient.connect(port)
      t.equal(await next.echo('again'), 'again', 'sessions are taken again')
      t.equal((await daemon.status()).sessions.live, 1, 'the lost session is not alive any more')
      await next.close()
    },
  )
}
