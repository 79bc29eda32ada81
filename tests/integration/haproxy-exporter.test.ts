/** Prometheus' exporter for HAProxy, unchanged against headgate's stats socket: no error, and the right values. */
import t from 'tap'
import { Daemon } from '../support/daemon.js'
import { eventually } from '../support/eventually.js'
import { freePort } from '../support/free-port.js'
import { program, skipWithout } from '../support/installed-programs.js'
import { Program } from '../support/program.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

const NAME = 'prometheus-haproxy-exporter'
const skip = skipWithout(NAME)

t.test("Prometheus' haproxy exporter reads the stats socket", { skip }, async (t) => {
  const server = await startEchoServer()
  const daemon = await Daemon.start(`
    [frontends.front]
    listen = "tcp://127.0.0.1:0"
    backend = "back"
    max_sessions = 500
    [backends.back]
    check = { type = "tcp", interval = "200ms" }
    servers = [
      { name = "s1", address = "127.0.0.1:${server.port}", weight = 70, max_sessions = 40 },
      { name = "s2", address = "127.0.0.1:1", weight = 30 },
      { name = "s3", address = "127.0.0.1:${server.port}" },
    ]`)
  t.teardown(async () => {
    await daemon.stop()
    await server.close()
  })
  await daemon.logged(({ event, server }) => event === 'server-down' && server === 's2')
  await daemon.ask('set server back/s3 state maint')
  const port = await daemon.port('front')
  for (let i = 0; i < 3; i++) {
    const client = await TcpClient.connect(port)
    await client.echo('0123456789')
    await client.close()
  }
  const alive = await TcpClient.connect(port)
  await alive.echo('01234')
  await eventually('one session is left', async () => (await daemon.status()).sessions.live === 1)

  const at = `127.0.0.1:${await freePort()}`
  const exporter = Program.start(program(NAME), [
    `--haproxy.scrape-uri=unix:${daemon.socket}`,
    `--web.listen-address=${at}`,
  ])
  t.teardown(() => exporter.stop())
  await exporter.line(/Listening on|TLS is disabled/)
  const scrape = async () => {
    const page = await (await fetch(`http://${at}/metrics`)).text()
    return new Map([...page.matchAll(/^(haproxy_\S+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]))
  }
  const metrics = await scrape()
  const values: Readonly<Record<string, number>> = {
    haproxy_up: 1,
    haproxy_exporter_csv_parse_failures_total: 0,
    'haproxy_frontend_connections_total{frontend="front"}': 4,
    'haproxy_frontend_sessions_total{frontend="front"}': 4,
    'haproxy_frontend_current_sessions{frontend="front"}': 1,
    'haproxy_frontend_limit_sessions{frontend="front"}': 500,
    'haproxy_frontend_bytes_in_total{frontend="front"}': 35,
    'haproxy_frontend_bytes_out_total{frontend="front"}': 35,
    'haproxy_backend_up{backend="back"}': 1,
    'haproxy_backend_weight{backend="back"}': 70,
    'haproxy_backend_current_server{backend="back"}': 1,
    'haproxy_backend_sessions_total{backend="back"}': 4,
    'haproxy_backend_current_sessions{backend="back"}': 1,
    'haproxy_backend_bytes_out_total{backend="back"}': 35,
    'haproxy_server_up{backend="back",server="s1"}': 1,
    'haproxy_server_up{backend="back",server="s2"}': 0,
    'haproxy_server_up{backend="back",server="s3"}': 0,
    'haproxy_server_weight{backend="back",server="s1"}': 70,
    'haproxy_server_weight{backend="back",server="s2"}': 30,
    'haproxy_server_sessions_total{backend="back",server="s1"}': 4,
    'haproxy_server_sessions_total{backend="back",server="s2"}': 0,
    'haproxy_server_current_sessions{backend="back",server="s1"}': 1,
    'haproxy_server_limit_sessions{backend="back",server="s1"}': 40,
    'haproxy_server_bytes_in_total{backend="back",server="s1"}': 35,
    'haproxy_server_check_failures_total{backend="back",server="s1"}': 0,
  }
  for (const [name, value] of Object.entries(values)) t.equal(metrics.get(name), value, name)
  t.ok(metrics.size > 90, `${metrics.size} values`)

  await alive.close()
  await eventually('none is left', async () => (await daemon.status()).sessions.live === 0)
  t.equal((await scrape()).get('haproxy_server_current_sessions{backend="back",server="s1"}'), 0, 'a second scrape')
  t.notMatch(exporter.lines.join('\n'), /level=(error|warn)/, 'nothing to complain of')
})
