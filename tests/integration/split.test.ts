/** A frontend over two backends: 10,000 connections at 90 to 10, changed while they come; a canary that dies; UDP flows. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { Daemon } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { TcpClient } from '../support/tcp-client.js'
import { UdpClient } from '../support/udp-client.js'
import { UdpServer } from '../support/udp-server.js'

const CONNECTIONS = 10_000
/** Clients that connect at the same time, each one connection after the other. */
const CLIENTS = 8

type Counts = Readonly<Record<string, number>>

/** Says its name and closes. */
async function startNamed(name: string) {
  const server = createServer((socket) => socket.on('error', () => {}).end(name)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // a listening TCP server's address is never a string
  const { port } = server.address() as AddressInfo
  return { name, port, close: () => once(server.close(), 'close') }
}

async function start(t: Test, engine: Engine, weights: string): Promise<{ daemon: Daemon; port: number }> {
  const servers = await Promise.all(['stable', 'stable', 'stable', 'canary'].map(startNamed))
  t.teardown(() => Promise.all(servers.map((server) => server.close())))
  const list = (name: string) =>
    servers.flatMap((one, i) => (one.name === name ? `{ name = "s${i}", address = "127.0.0.1:${one.port}" }` : []))
  const sections = `
[frontends.web]
listen = "tcp://127.0.0.1:0"
backend = { ${weights} }
[backends.stable]
check = false
servers = [${list('stable').join(', ')}]
[backends.canary]
check = false
servers = [${list('canary').join(', ')}, { name = "late", address = "127.0.0.1:1", weight = 0 }]
`
  const workers = engine === 'linux' ? 4 : 1
  const daemon = await Daemon.start(sections, { runtime: `engine = "${engine}"\nworkers = ${workers}` })
  t.teardown(() => daemon.stop())
  return { daemon, port: await daemon.port('web') }
}

/** So many connections; how many each backend answered. */
async function connect(port: number, connections: number): Promise<Counts> {
  const counts: Record<string, number> = {}
  let left = connections
  const client = async () => {
    while (left-- > 0) {
      const { received } = await answered(port)
      counts[received] = (counts[received] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  return counts
}

async function answered(port: number): Promise<TcpClient> {
  const client = await TcpClient.connect(port)
  await client.ended
  return client
}

for (const engine of ENGINES) {
  t.test(`${CONNECTIONS} connections at 90 to 10 on the ${engine} engine`, { skip: skipEngine(engine) }, async (t) => {
    const { daemon, port } = await start(t, engine, 'stable = 90, canary = 10')
    const counts = await connect(port, CONNECTIONS)
    t.equal((counts.stable ?? 0) + (counts.canary ?? 0), CONNECTIONS, 'every one was answered')
    t.ok(Math.abs((counts.canary ?? 0) - 1_000) <= 2, `canary: ${counts.canary}`)
    const { frontends, backends } = await daemon.status()
    t.match(frontends[0]?.sessions, { total: CONNECTIONS })
    t.same(
      backends.map(({ sessions }) => sessions.total),
      [counts.stable, counts.canary],
    )
  })

  t.test(
    `headgate split holds for the very next connection on the ${engine} engine`,
    { skip: skipEngine(engine) },
    async (t) => {
      const { daemon, port } = await start(t, engine, 'stable = 100, canary = 0')
      const expected = [
        [['stable=0', 'canary=1'], { canary: 200 }],
        [['stable=1', 'canary=0'], { stable: 200 }],
        [['stable=75', 'canary=25'], { stable: 150, canary: 50 }],
        [['canary=225'], { stable: 50, canary: 150 }],
      ] as const
      t.same(await connect(port, 200), { stable: 200 })
      for (const [weights, counts] of expected) {
        const { code, stdout } = await daemon.command('split', 'web', ...weights)
        t.equal(code, 0, stdout)
        const seen: Counts = await connect(port, 200)
        const off = Object.entries(counts).filter(([backend, count]) => Math.abs((seen[backend] ?? 0) - count) > 1)
        t.same(off, [], `${weights}: ${JSON.stringify(seen)}`)
      }
      t.match(await daemon.logged(({ event }) => event === 'split'), { frontend: 'web', to: 'stable=0 canary=1' })
    },
  )
}

/** While clients keep coming: from the reply on, no connection that begins goes to a backend without a weight. */
for (const engine of ENGINES) {
  t.test(`40 changes under load on the ${engine} engine`, { skip: skipEngine(engine) }, async (t) => {
    const { daemon, port } = await start(t, engine, 'stable = 1, canary = 0')
    let only: { readonly backend: string } | undefined = { backend: 'stable' }
    let isOver = false
    let connections = 0
    const strays: string[] = []
    const client = async () => {
      while (!isOver) {
        const expected = only
        const { received } = await answered(port)
        connections++
        // what began under one weight may end under the next
        if (expected && expected === only && received !== expected.backend) strays.push(received)
      }
    }
    const clients = Array.from({ length: CLIENTS }, client)
    for (let change = 0; change < 40; change++) {
      const next = change % 2 === 0 ? 'canary' : 'stable'
      only = undefined
      await daemon.ask(`set split web stable=${next === 'stable' ? 1 : 0} canary=${next === 'canary' ? 1 : 0}`)
      only = { backend: next }
      const from = connections
      await eventually('some have come', () => connections > from + 20)
    }
    isOver = true
    await Promise.all(clients)
    t.same(strays, [], `${connections} connections`)
  })
}

t.test('a canary that dies costs no client, and its share comes back to it', async (t) => {
  const { daemon, port } = await start(t, 'portable', 'stable = 50, canary = 50')
  await daemon.command('weight', 'canary/late', '100')
  const [stable = 0, canary = 0] = await halves(port, 'late refuses every connect: its backend has another')
  t.same([stable, canary], [50, 50])
  await daemon.command('weight', 'canary/s3', '0')
  t.same(await halves(port, 'the last one of the backend refuses'), [100, 0])
  await daemon.command('drain', 'canary/late')
  t.same(await halves(port, 'nobody in rotation'), [100, 0])
  t.match(await daemon.logged(({ event }) => event === 'backend-down'), { msg: /its share of web goes to the others/ })
  const [web] = (await daemon.status()).frontends
  t.equal(web?.diverted, 100)
  t.match(await daemon.command('split', 'web', 'canary=60'), { stdout: /canary has no server in rotation/ })
  await daemon.command('split', 'web', 'canary=50')
  await daemon.command('weight', 'canary/s3', '100')
  t.same(await halves(port, 'back'), [50, 50])
})

async function halves(port: number, about: string): Promise<readonly number[]> {
  const { stable = 0, canary = 0, ...others } = await connect(port, 100)
  t.same(others, {}, about)
  return [stable, canary]
}

for (const engine of ENGINES) {
  t.test(`UDP flows stay with their backend on the ${engine} engine`, { skip: skipEngine(engine) }, async (t) => {
    const servers = await Promise.all(['blue', 'green'].map((name) => UdpServer.start(name)))
    t.teardown(() => Promise.all(servers.map((server) => server.kill())))
    const sections = `
[frontends.game]
listen = "udp://127.0.0.1:0"
backend = { blue = 80, green = 20 }
${servers.map(({ name, port }) => `[backends.${name}]\nservers = [{ name = "s", address = "127.0.0.1:${port}" }]`).join('\n')}
`
    const daemon = await Daemon.start(sections, { runtime: `engine = "${engine}"\nstop_timeout = "100ms"` })
    t.teardown(() => daemon.stop())
    const port = await daemon.port('game')
    const open = (count: number) => Promise.all(Array.from({ length: count }, (_, i) => UdpClient.open(i, port)))
    const early = await open(50)
    const ask = (clients: readonly UdpClient[]) => Promise.all(clients.map((client) => client.ask()))
    const first = await ask(early)
    t.equal(first.filter((name) => name === 'green').length, 10)
    await daemon.command('split', 'game', 'blue=0')
    t.same(await ask(early), first, 'old flows stay where they are')
    const late = await open(20)
    t.same(new Set(await ask(late)), new Set(['green']), 'new ones go by the new weights')
    await eventually('all are counted', async () => (await daemon.status()).sessions.live === 70)
    for (const client of [...early, ...late]) client.close()
  })
}
