/** Servers, clients, a worker and the control plane killed in mid-transfer: nothing is stuck, left over or mixed up. */
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { Daemon } from '../support/daemon.js'
import { ENGINES, type Engine, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { childrenOf, descriptors, isAlive } from '../support/processes.js'
import { Program } from '../support/program.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

const DOWNLOADS = 40
/** They take nothing more, so that bytes wait in the engine, in pipes. */
const STALLED = 10
const ENDLESS = 1e15
/** A linux worker keeps up to 32 empty pipes for the next bulk, and up to 16 large ones. */
const KEPT_PIPE_ENDS = 96

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

interface Bench {
  readonly daemon: Daemon
  /** The process that pours. */
  readonly server: Program
  readonly port: number
  readonly echoPort: number
}

async function startServer(t: Test): Promise<{ server: Program; port: number }> {
  const server = Program.start(process.execPath, [fixture('pattern-server.mjs')])
  t.teardown(() => server.stop('SIGKILL'))
  return { server, port: Number((await server.line(/^port /)).slice('port '.length)) }
}

async function start(t: Test, engine: Engine): Promise<Bench> {
  const { server, port } = await startServer(t)
  const echo = await startEchoServer()
  t.teardown(() => echo.close())
  const sections = `
[frontends.bulk]
listen = "tcp://127.0.0.1:0"
backend = "bulk"
[backends.bulk]
check = false
servers = [{ name = "s1", address = "127.0.0.1:${port}" }]
[frontends.echo]
listen = "tcp://127.0.0.1:0"
backend = "echo"
[backends.echo]
check = false
servers = [{ name = "s1", address = "127.0.0.1:${echo.port}" }]
`
  const runtime = `engine = "${engine}"\n${engine === 'linux' ? 'workers = 2\n' : ''}stop_timeout = "50ms"`
  const daemon = await Daemon.start(sections, { runtime })
  t.teardown(() => daemon.stop())
  return { daemon, server, port: await daemon.port('bulk'), echoPort: await daemon.port('echo') }
}

interface Outcomes {
  readonly whole: number
  readonly cut: number
  readonly refused: number
  readonly wrong: number
}

async function download(t: Test, port: number, bytes = ENDLESS, stalled = STALLED): Promise<Program> {
  const args = [port, DOWNLOADS, bytes, stalled].map(String)
  const clients = Program.start(process.execPath, [fixture('downloads.mjs'), ...args])
  t.teardown(() => clients.stop('SIGKILL'))
  await clients.line(/^flowing/)
  return clients
}

const outcomes = async (clients: Program): Promise<Outcomes> => JSON.parse(await clients.line(/^\{/))

/** Control and its worker processes. */
function holders({ daemon }: Bench): readonly number[] {
  const { pid } = daemon.program
  return [pid, ...childrenOf(pid)]
}

interface Held {
  readonly sockets: number
  readonly pipes: number
}

function held(bench: Bench): Held {
  const all = holders(bench).map(descriptors)
  const sum = (of: (one: Held) => number) => all.reduce((total, one) => total + of(one), 0)
  return { sockets: sum(({ sockets }) => sockets), pipes: sum(({ pipes }) => pipes) }
}

const LOOKS = 10

/** Before any session: the least of some looks, since the last connection to the stats socket may still be closing. */
async function heldAtRest(bench: Bench): Promise<Held> {
  let least = held(bench)
  for (let look = 1; look < LOOKS; look++) {
    await sleep(20)
    const next = held(bench)
    if (next.sockets < least.sockets) least = next
  }
  return least
}

async function nothingIsLeft(t: Test, bench: Bench, before: Held): Promise<void> {
  await eventually('no session counts as live', async () => (await bench.daemon.status()).sessions.live === 0)
  await eventually('every socket is closed', () => held(bench).sockets === before.sockets)
  const kept = held(bench).pipes - before.pipes
  t.ok(kept <= KEPT_PIPE_ENDS * childrenOf(bench.daemon.program.pid).length, `${kept} ends of pipes are kept`)
}

async function answers(port: number): Promise<boolean> {
  const client = await TcpClient.connect(port)
  const answer = await client.echo('hello').catch(() => undefined)
  await client.close()
  return answer === 'hello'
}

for (const engine of ENGINES) {
  const skip = skipEngine(engine)

  t.test(`${engine}: a server killed in mid-transfer`, { skip }, async (t) => {
    const bench = await start(t, engine)
    const before = await heldAtRest(bench)
    const clients = await download(t, bench.port, ENDLESS, 0)
    await bench.server.stop('SIGKILL')
    t.match(await outcomes(clients), { cut: DOWNLOADS }, 'every client is told')
    await nothingIsLeft(t, bench, before)
    t.ok(await answers(bench.echoPort), 'another backend goes on')
  })

  t.test(`${engine}: clients killed in mid-transfer, again and again`, { skip }, async (t) => {
    const bench = await start(t, engine)
    const before = await heldAtRest(bench)
    const serverBefore = descriptors(bench.server.pid).sockets
    for (let round = 0; round < 3; round++) {
      const clients = await download(t, bench.port)
      if (engine === 'linux') {
        await eventually('bytes wait in pipes', () => held(bench).pipes >= before.pipes + 2 * STALLED)
      }
      await clients.stop('SIGKILL')
      await nothingIsLeft(t, bench, before)
    }
    // it hears of the last resets a moment after headgate has sent them
    await eventually(
      'the server has let go of every connection',
      () => descriptors(bench.server.pid).sockets === serverBefore,
    )
    const { frontends } = await bench.daemon.status()
    t.equal(frontends.find(({ name }) => name === 'bulk')?.sessions.total, 3 * DOWNLOADS)
  })
}

/** Clients that connect, ask and close, one connection after the other, until told to stop. */
class Hurry {
  answered = 0
  refused = 0
  /** Lost in the middle. */
  cut = 0
  private isStopped = false
  private readonly clients: readonly Promise<void>[]

  constructor(
    private readonly port: number,
    clients: number,
  ) {
    this.clients = Array.from({ length: clients }, () => this.run())
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      const client = await TcpClient.connect(this.port)
      const end = await Promise.race([client.echo('hello').catch(() => 'cut'), client.ended])
      if (end === 'hello') this.answered++
      else if (end === 'ECONNREFUSED') this.refused++
      else this.cut++
      await client.close()
    }
  }

  async stop(): Promise<void> {
    this.isStopped = true
    await Promise.all(this.clients)
  }
}

const skip = skipEngine('linux')

t.test('a worker killed in mid-transfer, under a load of new connections', { skip }, async (t) => {
  const bench = await start(t, 'linux')
  const { daemon } = bench
  const before = await heldAtRest(bench)
  const clients = await download(t, bench.port)
  const hurry = new Hurry(bench.echoPort, 8)
  const [victim = 0, survivor = 0] = childrenOf(daemon.program.pid)
  await eventually('new connections come and go', () => hurry.answered >= 50)

  const killedAt = performance.now()
  process.kill(victim, 'SIGKILL')
  const { sessions: lost } = await daemon.logged(({ event }) => event === 'worker-died')
  await daemon.logged(({ event }) => event === 'worker-restarted')
  const awayMs = performance.now() - killedAt
  t.ok(awayMs < 1_000, `back after ${awayMs.toFixed(0)} ms`)
  t.ok(isAlive(survivor))
  const { answered } = hurry
  await eventually('and go on', () => hurry.answered >= answered + 50)
  await hurry.stop()
  t.equal(hurry.refused, 0, `none of ${hurry.answered} new connections was refused`)

  const { sessions } = await daemon.status()
  const cut = DOWNLOADS - sessions.live
  t.ok(cut > 0 && cut < DOWNLOADS, `${cut} of ${DOWNLOADS} downloads were the victim's`)
  t.ok(Number(lost) >= cut, `${lost} sessions lost, by its own count`)
  t.ok(hurry.cut <= Number(lost) - cut, `${hurry.cut} short ones among them`)
  const { out } = (await daemon.status()).frontends.find(({ name }) => name === 'bulk')?.bytes ?? { out: 0 }
  await eventually('the other worker’s transfers go on', async () => {
    const { frontends } = await daemon.status()
    return (frontends.find(({ name }) => name === 'bulk')?.bytes.out ?? 0) > out + 50e6
  })
  t.notMatch(clients.lines.join(), /a wrong byte/)
  await clients.stop('SIGKILL')
  await nothingIsLeft(t, bench, before)
})

t.test(
  'the control plane killed in mid-transfer: every transfer comes whole, and no process stays',
  { skip },
  async (t) => {
    const bench = await start(t, 'linux')
    const workers = childrenOf(bench.daemon.program.pid)
    const serverBefore = descriptors(bench.server.pid).sockets
    const clients = await download(t, bench.port, 20e6, 0)
    await bench.daemon.program.stop('SIGKILL')
    t.same(await outcomes(clients), { whole: DOWNLOADS, cut: 0, refused: 0, wrong: 0 })
    await eventually('no orphan is left', () => !workers.some(isAlive))
    await eventually('the server has no connection left', () => descriptors(bench.server.pid).sockets <= serverBefore)
    t.equal(await (await TcpClient.connect(bench.port)).ended, 'ECONNREFUSED', 'nobody holds the port')
  },
)
