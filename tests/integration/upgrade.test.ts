/** headgate hands over to a new one: nobody is refused, sessions live on, and a new one that cannot run changes nothing. */
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { Daemon, type LogLine } from '../support/daemon.js'
import { endGenerations, generationPids } from '../support/end-generations.js'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { isAlive } from '../support/processes.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'
import { UdpClient } from '../support/udp-client.js'
import { UdpServer } from '../support/udp-server.js'
import { TcpLoad } from '../support/upgrade-load.js'

const skip = skipEngine('linux')
/** More than go into one message. */
const UDP_CLIENTS = 600
/** How long a check takes to find out a role. */
const SLOW_MS = 200
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
    runtime: `engine = "linux"\nworkers = 2\nstop_timeout = "50ms"\nmetrics = "127.0.0.1:0"\n${runtime}`,
  })
  t.teardown(() => endGenerations(daemon))
  await daemon.logged(event('server-down'))
  return { daemon, port: await daemon.port('echo') }
}

const configFile = ({ socket }: Daemon) => join(dirname(socket), 'headgate.toml')

t.test('three upgrades under load: nobody refused, no session lost, nothing left behind', { skip }, async (t) => {
  const { daemon, port } = await start(t)
  const load = new TcpLoad(port, 8, 8)
  await eventually('the load runs', () => load.connections > 20 && load.messages > 20)
  for (const generation of [2, 3, 4]) {
    const before = load.connections
    const result = await daemon.command('upgrade')
    t.match(result, {
      code: 0,
      stdout: new RegExp(`runs as generation ${generation}, pid \\d+; `),
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
  const [last = 0, ...former] = generationPids(daemon).reverse()
  await eventually('former generations have ended', () => !former.some(isAlive))
  t.ok(isAlive(last))
  t.same((await daemon.status()).older, [])
  for (const pid of former) t.notOk(existsSync(`${daemon.socket}.${pid}`))
  t.comment(`${load.connections} connections, ${load.messages} messages over kept ones`)
})

t.test('UDP flows move to the new workers with their sockets', { skip }, async (t) => {
  const servers = await Promise.all(['a', 'b', 'c'].map((name) => UdpServer.start(name)))
  t.teardown(() => Promise.all(servers.map((server) => server.kill())))
  const sections = `
[frontends.game]
listen = "udp://127.0.0.1:0"
backend = "match"
[backends.match]
policy = "round-robin"
check = false
servers = [${servers.map(({ name, port }) => `{ name = "${name}", address = "127.0.0.1:${port}" }`).join(', ')}]
`
  const daemon = await Daemon.start(sections, { runtime: 'engine = "linux"\nworkers = 2\nstop_timeout = "50ms"' })
  t.teardown(() => endGenerations(daemon))
  const port = await daemon.port('game')
  const clients = await Promise.all(Array.from({ length: UDP_CLIENTS }, (_, i) => UdpClient.open(i, port)))
  t.teardown(() => {
    for (const client of clients) client.close()
  })
  const homes = await Promise.all(clients.map((client) => client.ask()))
  for (const generation of [2, 3]) {
    const during = steadily(clients)
    t.match(await daemon.command('upgrade'), { code: 0 })
    t.equal(await during.stop(), 0, 'no datagram was lost during the upgrade')
    t.match(await daemon.logged((line) => line.event === 'handed-over' && line.generation === generation), {
      sessions: 0,
      count: UDP_CLIENTS,
    })
    t.same(await Promise.all(clients.map((client) => client.ask())), homes, 'each client has the server it had')
  }
  const counts = await Promise.all(servers.map((server) => server.counts()))
  t.equal(
    counts.reduce((sum, { flows }) => sum + flows, 0),
    UDP_CLIENTS,
    'to the servers they are the same flows',
  )
  const { sessions, older } = await daemon.status()
  t.equal(sessions.live, UDP_CLIENTS)
  t.ok(older.every(({ answer }) => answer?.sessions.live === 0))
})

/** Asks one after the other, over and over. @returns what ends it, and tells how many were not answered */
function steadily(clients: readonly UdpClient[]): { stop(): Promise<number> } {
  let isRunning = true
  let lost = 0
  const run = async () => {
    while (isRunning) {
      for (const client of clients) if ((await client.ask(2_000)) === undefined) lost++
    }
    return lost
  }
  const running = run()
  return {
    stop: () => {
      isRunning = false
      return running
    },
  }
}

t.test('with state = "off" an upgrade takes over what operators changed', { skip }, async (t) => {
  const { daemon } = await start(t, 'state = "off"')
  await daemon.command('drain', 'echo/s1')
  const before = (await daemon.command('state', '--json')).stdout
  for (const generation of [2, 3]) {
    t.match(await daemon.command('upgrade'), { code: 0 })
    const { generation: present, backends } = await daemon.status()
    t.equal(present, generation)
    t.match(
      backends[0]?.servers.find(({ name }) => name === 's1'),
      { admin: 'drain' },
    )
    t.equal((await daemon.command('state', '--json')).stdout, before, 'who changed what, and when')
  }
})

/** A frontend for the primary alone, which its check finds out slowly. */
async function startWithRoles(t: Test): Promise<{ daemon: Daemon; port: number }> {
  const server = await startEchoServer()
  t.teardown(() => server.close())
  const roles = createHttpServer((request, response) => {
    response.statusCode = request.url === '/primary' ? 200 : 503
    setTimeout(() => response.end(), SLOW_MS)
  }).listen(0, '127.0.0.1')
  await once(roles, 'listening')
  t.teardown(() => roles.close())
  const address = roles.address()
  const check = typeof address === 'object' ? address?.port : undefined
  const sections = `
[frontends.writes]
listen = "tcp://127.0.0.1:0"
backend = "db"
role = "primary"
[backends.db]
check = { type = "http", port = ${check}, interval = "1h", roles = { primary = "/primary", replica = "/replica" } }
servers = [{ name = "s1", address = "127.0.0.1:${server.port}" }]
[frontends.other]
listen = "tcp://127.0.0.1:0"
backend = "other"
[backends.other]
servers = [{ name = "o1", address = "127.0.0.1:1" }, { name = "o2", address = "127.0.0.1:1" }]
`
  const daemon = await Daemon.start(sections, { runtime: 'engine = "linux"\nworkers = 2\nstate = "off"' })
  t.teardown(() => endGenerations(daemon))
  return { daemon, port: await daemon.port('writes') }
}

t.test('whatever operators changed, a new one takes nobody before it knows the roles', { skip }, async (t) => {
  const { daemon, port } = await startWithRoles(t)
  await daemon.command('drain', 'other/o1')
  const load = new TcpLoad(port, 2, 2)
  t.match(await daemon.command('upgrade'), { code: 0 })
  await load.stop()
  t.same(load.failures, [])
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

t.test('a new one that fails when it has taken over already gives everything back', { skip }, async (t) => {
  const taken = await startEchoServer()
  t.teardown(() => taken.close())
  const { daemon, port } = await start(t)
  const load = new TcpLoad(port, 2, 2)
  const further = `\n[frontends.more]\nlisten = "tcp://127.0.0.1:${taken.port}"\nbackend = "echo"\n`
  writeFileSync(configFile(daemon), daemon.config + further)
  const result = await daemon.command('upgrade')
  t.match(result, { code: 1, stderr: /No upgrade, all is as before: .*cannot bind .*frontend more/s })
  const { generation, pid } = await daemon.status()
  t.match({ generation, pid }, { generation: 1, pid: daemon.program.pid }, 'the stats socket is the old one’s again')
  t.notOk(existsSync(`${daemon.socket}.${pid}`))

  writeFileSync(configFile(daemon), daemon.config)
  t.match(await daemon.command('upgrade'), { code: 0 })
  await load.stop()
  t.same(load.failures, [])
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
