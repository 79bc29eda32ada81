/** headgate hands over to a new one: nobody is refused, sessions live on, and a new one that cannot run changes nothing. */
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { Daemon, type LogLine } from '../support/daemon.js'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { isAlive } from '../support/processes.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'
import { TcpLoad } from '../support/upgrade-load.js'

const skip = skipEngine('linux')
const event = (name: string) => (line: LogLine) => line.event === name

async function start(t: Test, runtime = ''): Promise<{ daemon: Daemon; port: number }> {
  const server = await startEchoServer()
  t.teardown(() => server.close())
  const sections = `
[frontends.echo]
listen = "tcp://127.0.0.1:0"
backend = "echo"

[backends.echo]
check = { type = "tcp", interval = "1h" }
servers = [
  { name = "s1", address = "127.0.0.1:${server.port}" },
  { name = "dead", address = "127.0.0.1:1" },
]
`
  const daemon = await Daemon.start(sections, {
    runtime: `engine = "linux"\nworkers = 2\nmetrics = "127.0.0.1:0"\n${runtime}`,
  })
  t.teardown(() => endAll(daemon))
  await daemon.logged(event('server-down'))
  return { daemon, port: await daemon.port('echo') }
}

/** Only the first generation is a child of the test. */
async function endAll(daemon: Daemon): Promise<void> {
  for (const pid of pids(daemon)) if (isAlive(pid)) process.kill(pid, 'SIGTERM')
  await daemon.stop('SIGTERM')
}

const configFile = ({ socket }: Daemon) => join(dirname(socket), 'headgate.toml')

function pids(daemon: Daemon): number[] {
  return daemon.log.filter(event('startup')).map(({ pid }) => Number(pid))
}

t.test('three upgrades under load: nobody refused, no session lost, nothing left behind', { skip }, async (t) => {
  const { daemon, port } = await start(t)
  const load = new TcpLoad(port, 8, 8)
  await eventually('the load runs', () => load.connections > 20 && load.messages > 20)
  for (const generation of [2, 3, 4]) {
    const before = load.connections
    const result = await daemon.command('upgrade')
    t.match(result, {
      code: 0,
      stdout: new RegExp(`runs as generation ${generation}, pid \\d+; .* keeps its \\d+ session`),
    })
    await eventually('the new one serves', () => load.connections > before + 50)
  }
  const status = await daemon.status()
  t.equal(status.generation, 4)
  const [first] = status.older
  t.match(first, { generation: 1, answer: { sessions: { live: 8 } } }, 'kept connections began in the first')
  t.ok(status.sessions.live >= 8, 'their sessions are of the total')
  t.match((await daemon.command('status')).stdout, /generation 1: pid \d+, headgate \S+, 8 sessions left/)
  const dead = status.backends[0]?.servers.find(({ name }) => name === 'dead')
  t.match(dead, { health: 'down' }, 'what is known to be down is not tried again')

  await load.stop()
  t.same(load.failures, [])
  const [last = 0, ...former] = pids(daemon).reverse()
  await eventually('former generations have ended', () => !former.some(isAlive))
  t.ok(isAlive(last))
  t.same((await daemon.status()).older, [])
  for (const pid of former) t.notOk(existsSync(`${daemon.socket}.${pid}`))
  t.comment(`${load.connections} connections, ${load.messages} messages over kept ones`)
})

t.test('a new one that cannot run changes nothing, and says why', { skip }, async (t) => {
  const { daemon, port } = await start(t)
  const client = await TcpClient.connect(port)
  writeFileSync(configFile(daemon), daemon.config.replace('backend = "echo"', 'backend = "ehco"'))
  const result = await daemon.command('upgrade')
  t.equal(result.code, 1)
  t.match(result.stderr, /No upgrade, all is as before: .*ehco/s)
  t.match(await daemon.logged(event('upgrade-failed')), { why: /ehco/ })
  t.equal((await daemon.status()).generation, 1)
  t.equal(await client.echo('still here?'), 'still here?')

  writeFileSync(configFile(daemon), daemon.config)
  t.match(await daemon.command('upgrade'), { code: 0 }, 'and it can be tried again')
  await client.close()
})

t.test('a deadline cuts the sessions of a former generation', { skip }, async (t) => {
  const { daemon, port } = await start(t, 'upgrade_deadline = "300ms"')
  const client = await TcpClient.connect(port)
  await client.echo('hello')
  process.kill(daemon.program.pid, 'SIGUSR2')
  t.match(await daemon.logged(event('handed-over')), { generation: 2, sessions: 1 })
  t.equal(await client.ended, 'ECONNRESET')
})

t.test('the portable engine says that it cannot', async (t) => {
  const daemon = await Daemon.start(
    '[frontends.a]\nlisten = "tcp://127.0.0.1:0"\nbackend = "b"\n[backends.b]\nservers = [{ name = "s", address = "127.0.0.1:1" }]\n',
    { runtime: 'engine = "portable"' },
  )
  t.teardown(() => daemon.stop())
  t.match(await daemon.command('upgrade'), { code: 1, stderr: /only the linux engine can hand over/ })
})
