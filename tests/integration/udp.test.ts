/** 200 UDP clients that number their datagrams, three servers that name themselves, and what happens to their flows. */
import t, { type Test } from 'tap'
import { discrepancies } from '../support/conservation.js'
import { Daemon } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { UdpClient } from '../support/udp-client.js'
import { UdpServer } from '../support/udp-server.js'

const CLIENTS = 200
const INTERVAL_MS = 500
const TIMEOUT_MS = 400
const FALL = 2

const config = (servers: readonly UdpServer[]) => `
[frontends.game]
listen = "udp://127.0.0.1:0"
backend = "match"

[backends.match]
policy = "round-robin"
udp = { idle = "60s" }
check = { type = "udp", interval = "${INTERVAL_MS}ms", timeout = "${TIMEOUT_MS}ms", rise = 2, fall = ${FALL}, send = "probe", expect = "probe" }
servers = [
${servers.map(({ name, port }) => `  { name = "${name}", address = "127.0.0.1:${port}" },`).join('\n')}
]
`

function sum<T>(list: readonly T[], of: (one: T) => number): number {
  return list.reduce((total, one) => total + of(one), 0)
}

function openClients(count: number, port: number, firstId = 0): Promise<UdpClient[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => UdpClient.open(firstId + i, port)))
}

for (const engine of ENGINES) {
  t.test(`UDP flows on the ${engine} engine`, { skip: skipEngine(engine) }, (t) => throughDrainAndKill(t, engine))
}

async function throughDrainAndKill(t: Test, engine: Engine): Promise<void> {
  const servers = await Promise.all(['a', 'b', 'c'].map((name) => UdpServer.start(name)))
  t.teardown(() => Promise.all(servers.map((server) => server.kill())))
  const daemon = await Daemon.start(config(servers), { runtime: `engine = "${engine}"` })
  t.teardown(() => daemon.stop())
  const port = await daemon.port('game')
  const clients = await openClients(CLIENTS, port)
  t.teardown(() => {
    for (const client of clients) client.close()
  })
  const answeredBy = (name: string) => clients.filter(({ server }) => server === name)
  const server = async (name: string) => {
    const found = (await daemon.status()).backends[0]?.servers.find((one) => one.name === name)
    if (!found) throw new Error(`no server ${name}`)
    return found
  }

  await t.test('every datagram is answered, a flow stays with its server, and each server has its share', async (t) => {
    const first = await Promise.all(clients.map((client) => client.ask()))
    for (let round = 2; round <= 5; round++) {
      t.strictSame(await Promise.all(clients.map((client) => client.ask())), first, `datagram ${round}: same servers`)
    }
    const shares = servers.map(({ name }) => answeredBy(name).length)
    t.ok(
      shares.every((share) => share >= 66),
      `${CLIENTS} flows over three servers: ${shares}`,
    )
  })

  await t.test('counters are what clients and servers saw', async (t) => {
    const status = await daemon.status()
    const [frontend] = status.frontends
    t.strictSame(discrepancies(status), [])
    t.equal(frontend?.accepted, CLIENTS)
    t.match(frontend?.bytes, {
      in: sum(clients, ({ bytesSent }) => bytesSent),
      out: sum(clients, ({ bytesReceived }) => bytesReceived),
    })
    t.match(frontend?.datagrams, {
      in: sum(clients, ({ datagramsSent }) => datagramsSent),
      out: sum(clients, ({ datagramsReceived }) => datagramsReceived),
      dropped: 0,
    })
    for (const one of servers) {
      const { sessions, bytes, datagrams } = await server(one.name)
      const counted = { flows: sessions.total, datagrams: datagrams.in, bytes: bytes.in }
      t.strictSame(await one.counts(), counted, `server ${one.name}`)
    }
  })

  await t.test('a drained server keeps its flows and gets no new one from the reply on', async (t) => {
    const drain = await daemon.command('drain', 'match/a')
    t.equal(drain.code, 0, `drain: ${drain.stdout}${drain.stderr}`)
    const newcomers = await openClients(60, port, CLIENTS)
    const names = await Promise.all(newcomers.map((client) => client.ask()))
    for (const client of newcomers) client.close()
    t.notOk(names.includes('a'), 'no newcomer went to it')
    t.ok(!names.includes(undefined), 'every newcomer was answered')

    const before = clients.map((client) => client.server)
    t.strictSame(await Promise.all(clients.map((client) => client.ask())), before, 'old flows stay where they are')
    t.equal((await daemon.command('ready', 'match/a')).code, 0)
  })

  await t.test('flows of a killed server answer by their second datagram after the refusal', async (t) => {
    const [, killed] = servers
    if (!killed) throw new Error('three servers were asked for')
    const orphans = answeredBy(killed.name)
    const mark = daemon.program.lines.length
    const killedAt = Date.now()
    await killed.kill()

    for (const orphan of orphans) orphan.send()
    await eventually('every flow was refused', async () => (await server('b')).udpRefusals >= orphans.length)
    const answers = await Promise.all(orphans.map(async (orphan) => (await orphan.ask(1_000)) ?? orphan.ask(1_000)))
    t.ok(!answers.includes(undefined), `${orphans.length} flows are answered again`)
    t.notOk(answers.includes('b'), 'by other servers')

    const isDown = ({ event, server }: Readonly<Record<string, unknown>>) => event === 'server-down' && server === 'b'
    const took = Date.parse(String((await daemon.logged(isDown, 10_000, mark)).time)) - killedAt
    t.ok(took <= INTERVAL_MS * FALL + TIMEOUT_MS, `down after ${took} ms`)
    t.strictSame(discrepancies(await daemon.status()), [])
  })

  await t.test('after its restart it takes flows again', async (t) => {
    const mark = daemon.program.lines.length
    const restarted = await UdpServer.start('b', servers[1]?.port)
    t.teardown(() => restarted.kill())
    await daemon.logged(({ event, server }) => event === 'server-up' && server === 'b', 10_000, mark)
    const newcomers = await openClients(30, port, 2 * CLIENTS)
    const names = await Promise.all(newcomers.map((client) => client.ask()))
    for (const client of newcomers) client.close()
    t.ok(names.includes('b'))
    t.strictSame(discrepancies(await daemon.status()), [])
  })
}
