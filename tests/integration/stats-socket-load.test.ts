/** The stats socket while the data plane is at full load: how soon it answers, how soon a change holds, and who can delay it. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Daemon } from '../support/daemon.js'
import { ENGINES, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { runtimeApi } from '../support/runtime-api.js'
import { TcpClient } from '../support/tcp-client.js'

const CONCURRENCY = 32
const ROUNDS = 3
const QUESTIONS = 200
const P99_MS = 20
/** A process that does nothing else answers within this, else the machine is too busy to be judged. */
const CALM_MS = 8
/** Whoever waits longer waits for somebody: a client that dawdles is given up after 60 seconds. */
const BLOCKED_MS = 2_000

t.setTimeout(300_000)

/** What connections that began after a moment got. */
interface Report {
  readonly servers: Readonly<Record<string, number>>
  /** Milliseconds from that moment to the first that heard its server. */
  readonly firstMs: number
  readonly errors: number
  readonly total: number
}

function start(fixture: string, ...args: string[]): ChildProcess {
  const { NODE_OPTIONS: _, ...env } = process.env
  const file = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url))
  return fork(file, args, { env, execArgv: [] })
}

/** What the next connections get that begin after now. */
async function next(load: ChildProcess, least = 200): Promise<Report> {
  load.send({ moment: String(process.hrtime.bigint()), least })
  const [report] = await once(load, 'message')
  return report
}

async function startAll(engine: string) {
  const servers = start('named-servers.mjs', 's1', 's2')
  const [[s1, s2]] = await once(servers, 'message')
  const daemon = await Daemon.start(
    `[frontends.front]
    listen = "tcp://127.0.0.1:0"
    backend = "back"
    [backends.back]
    policy = "round-robin"
    servers = [{ name = "s1", address = "127.0.0.1:${s1}" }, { name = "s2", address = "127.0.0.1:${s2}" }]`,
    { runtime: `engine = "${engine}"\nlog = { sessions = false }` },
  )
  const port = await daemon.port('front')
  const load = start('connection-load.mjs', String(port), String(CONCURRENCY))
  await eventually('the load runs', async () => (await daemon.status()).sessions.total > 500)
  const stop = async () => {
    load.kill()
    servers.kill()
    await daemon.stop()
  }
  return { daemon, load, port, stop }
}

for (const engine of ENGINES) {
  const skip = skipEngine(engine)

  t.test(`${engine}: drain and weight hold for the very next connection, at full load`, { skip }, async (t) => {
    const { daemon, load, stop } = await startAll(engine)
    t.teardown(stop)
    const firsts: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      for (const [out, back] of [
        ['set server back/s1 state drain', 'set server back/s1 state ready'],
        ['set weight back/s1 0', 'set weight back/s1 100'],
      ] as const) {
        await daemon.ask(out)
        const without = await next(load)
        t.equal(without.servers.s1 ?? 0, 0, `${out}: of ${without.servers.s2} connections none got s1`)
        await daemon.ask(back)
        const again = await next(load)
        t.ok((again.servers.s1 ?? 0) > 0.4 * (again.servers.s2 ?? 0), `${back}: ${again.servers.s1} connections got s1`)
        t.equal(again.errors, 0, 'no connection failed')
        firsts.push(without.firstMs)
      }
    }
    t.comment(`from the reply to the first connection that began after it: ${summary(firsts)}`)
  })

  t.test(
    `${engine}: a kill ends every session, before the socket has answered but for what the network takes`,
    { skip },
    async (t) => {
      const { daemon, port, stop } = await startAll(engine)
      t.teardown(stop)
      await daemon.ask('set server back/s2 state drain')
      const held = await Promise.all(Array.from({ length: 40 }, () => TcpClient.connect(port)))
      await eventually('each has its server', () => held.every(({ received }) => received.startsWith('s1')))
      const ends = held.map(({ ended }) => ended.then((how) => ({ how, at: process.hrtime.bigint() })))
      await daemon.ask('shutdown sessions server back/s1')
      const answered = process.hrtime.bigint()
      const ended = await Promise.all(ends)
      t.same(new Set(ended.map(({ how }) => how)), new Set(['ECONNRESET']))
      t.comment(
        `from the reply to the end of each session: ${summary(ended.map(({ at }) => Number(at - answered) / 1e6))}`,
      )
    },
  )

  t.test(`${engine}: the socket answers soon, at full load and with 50 clients of bad manners`, { skip }, async (t) => {
    const { daemon, load, stop } = await startAll(engine)
    t.teardown(stop)
    const idle = start('named-servers.mjs', 'idle')
    t.teardown(() => idle.kill())
    const [[idlePort]] = await once(idle, 'message')
    const { total: before } = await next(load, 1)
    const alone = await ask(daemon.socket, idlePort)
    const clients = new BadClients(daemon.socket)
    t.teardown(() => clients.stop())
    const crowded = await ask(daemon.socket, idlePort)
    const stillThere = clients.size
    clients.stop()
    const { total, errors } = await next(load, 1)
    const bare = [...alone.bare, ...crowded.bare]
    t.comment(`the stats socket alone: ${summary(alone.took)}`)
    t.comment(`with ${stillThere} bad clients (${clients.count} connections of theirs): ${summary(crowded.took)}`)
    t.comment(`a process that does nothing else: ${summary(bare)}; ${total - before} connections in the meantime`)
    t.equal(errors, 0, 'no connection failed')
    if (quantile(bare, 0.99) > CALM_MS) t.comment('not judged: the machine has more to do than this')
    else t.ok(quantile(alone.took, 0.99) < P99_MS, `99 of 100 answers within ${P99_MS} ms`)
    // the crowd's commands are work like any other: what it must not do is keep somebody waiting for its dawdling
    t.ok(quantile(crowded.took, 0.5) < P99_MS, `in the crowd half of the answers within ${P99_MS} ms`)
    t.ok(Math.max(...crowded.took) < BLOCKED_MS, `none of them after more than ${BLOCKED_MS} ms`)
    t.equal(daemon.log.filter(({ event }) => event === 'failure' || event === 'worker-died').length, 0)
  })
}

const MIX = [
  'show stat',
  'get weight back/s1',
  'show info',
  'set weight back/s1 100',
  'show servers state',
  'show status json',
]

/** Milliseconds that each answer took, from connecting to the last byte; and those of an idle process, in between. */
async function ask(path: string, idlePort: number): Promise<{ readonly took: number[]; readonly bare: number[] }> {
  const [took, bare]: [number[], number[]] = [[], []]
  for (let i = 0; i < QUESTIONS; i++) {
    const command = MIX[i % MIX.length] ?? ''
    took.push(await timed(async () => (await runtimeApi(path, command)).length > 0))
    bare.push(await timed(() => greeted(idlePort)))
  }
  return { took, bare }
}

async function greeted(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const [greeting] = await once(socket, 'data')
  socket.destroy()
  return greeting.length > 0
}

async function timed(run: () => Promise<boolean>): Promise<number> {
  const began = process.hrtime.bigint()
  if (!(await run())) throw new Error('no answer')
  return Number(process.hrtime.bigint() - began) / 1e6
}

/**
 * Fifty, ten of each kind: who never reads, never ends a line, sends garbage, ends its side at once, and says
 * nothing. Whoever is closed comes back, as the ones with garbage and the half-open ones are as soon as they are answered.
 */
class BadClients {
  private readonly open = new Set<Socket>()
  private isOver = false
  /** Connections over all. */
  count = 0

  constructor(private readonly path: string) {
    for (let i = 0; i < 50; i++) this.start(i)
  }

  /** Still connected, as far as they know. */
  get size(): number {
    return this.open.size
  }

  stop(): void {
    this.isOver = true
    for (const socket of this.open) socket.destroy()
  }

  private start(i: number): void {
    this.count++
    const socket = connect(this.path)
    this.open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => {
      this.open.delete(socket)
      if (!this.isOver) setTimeout(() => this.start(i), 10)
    })
    if (i % 5 !== 0) socket.resume()
    if (i % 5 === 0) socket.pause().write(`prompt\n${'show stat;'.repeat(1_500)}\n`)
    if (i % 5 === 1) socket.write('set server back/s1 state ma')
    if (i % 5 === 2) socket.write(Buffer.from(Array.from({ length: 8_000 }, (_, at) => (at * 97 + i) % 256)))
    if (i % 5 === 3) socket.end('prompt\nshow events -f\n')
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

function summary(values: readonly number[]): string {
  const [median, p99, most] = [0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(1))
  return `median ${median} ms, p99 ${p99} ms, most ${most} ms of ${values.length}`
}
