/** The workers of the linux engine: killed, hung, orphaned; and true to policy and limits all together. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { Daemon, type LogLine } from '../support/daemon.js'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

const skip = skipEngine('linux')

interface Running {
  readonly daemon: Daemon
  readonly port: number
}

async function start(
  t: Test,
  workers: number,
  backend: string,
  { count = 4, stopTimeout = '50ms' } = {},
): Promise<Running> {
  const servers = await Promise.all(Array.from({ length: count }, () => startEchoServer()))
  t.teardown(() => Promise.all(servers.map((server) => server.close())))
  const list = servers.map(({ port }, i) => `{ name = "s${i}", address = "127.0.0.1:${port}"${WEIGHTS(backend, i)} }`)
  const sections = `
[frontends.echo]
listen = "tcp://127.0.0.1:0"
backend = "echo"
[backends.echo]
policy = "${backend.split(' ')[0]}"
check = false
servers = [${list.join(', ')}]
`
  const daemon = await Daemon.start(sections, {
    runtime: `engine = "linux"\nworkers = ${workers}\nstop_timeout = "${stopTimeout}"`,
  })
  t.teardown(() => daemon.stop())
  return { daemon, port: await daemon.port('echo') }
}

/** `round-robin weighted` gives weights 1, 2, 3, 4. */
const WEIGHTS = (backend: string, i: number) => (backend.endsWith('weighted') ? `, weight = ${i + 1}` : '')

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** @param limit soft and hard, as prlimit(1) takes them */
async function limitDescriptors(pid: number, limit: string): Promise<void> {
  await promisify(execFile)('prlimit', [`--pid=${pid}`, `--nofile=${limit}`])
}

const event = (name: string) => (line: LogLine) => line.event === name

function open(port: number, count: number): Promise<TcpClient[]> {
  return Promise.all(Array.from({ length: count }, () => TcpClient.connect(port)))
}

/** Which of the clients still get an answer. */
async function survivors(clients: readonly TcpClient[]): Promise<number> {
  const alive = await Promise.all(clients.map((client) => client.echo('still there?').then(Boolean, () => false)))
  return alive.filter(Boolean).length
}

t.test(
  'a worker that is killed costs its own sessions, refuses nobody, and is back within a second',
  { skip },
  async (t) => {
    const { daemon, port } = await start(t, 2, 'round-robin')
    const clients = await open(port, 40)
    for (const client of clients) await client.echo('hello')
    const [first = 0] = childrenOf(daemon.program.pid)
    const killedAt = Date.now()
    process.kill(first, 'SIGKILL')
    const during = await open(port, 40)
    const died = await daemon.logged(event('worker-died'))
    await daemon.logged(event('worker-restarted'))
    t.ok(Date.now() - killedAt < 1_000, `back after ${Date.now() - killedAt} ms`)
    t.equal(await survivors(during), 40, 'no new connection was refused')
    const lost = Number(died.sessions)
    t.ok(lost > 0 && lost < 40, `${lost} of 40 sessions lost`)
    t.equal(await survivors(clients), 40 - lost, 'the others never noticed')
    await eventually('live counts are the truth again', async () => (await daemon.status()).sessions.live === 80 - lost)
  },
)

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
  t.test(
    `${signal} to the whole group, as from Ctrl-C or systemd, costs no worker and no session`,
    { skip },
    async (t) => {
      const { daemon, port } = await start(t, 2, 'round-robin')
      const clients = await open(port, 10)
      for (const client of clients) await client.echo('hello')
      const workers = childrenOf(daemon.program.pid)
      for (const worker of workers) process.kill(worker, signal)
      t.equal(await survivors(clients), 10)
      t.equal(await survivors(await open(port, 10)), 10)
      t.same(childrenOf(daemon.program.pid), workers)
    },
  )
}

t.test('a worker that hangs is found by its tick and replaced', { skip }, async (t) => {
  const { daemon, port } = await start(t, 2, 'round-robin')
  const [first = 0] = childrenOf(daemon.program.pid)
  process.kill(first, 'SIGSTOP')
  await daemon.logged(event('worker-died'))
  await daemon.logged(event('worker-restarted'))
  t.equal(await survivors(await open(port, 20)), 20)
})

t.test('while a worker stays away, another one takes its connections', { skip }, async (t) => {
  const { daemon, port } = await start(t, 2, 'round-robin')
  const [, other = 0] = childrenOf(daemon.program.pid)
  // each death doubles the pause: 0.1, 0.2, 0.4, 0.8 s
  for (let death = 0; death < 4; death++) {
    const from = daemon.program.lines.length
    const victim = childrenOf(daemon.program.pid).find((pid) => pid !== other) ?? 0
    process.kill(victim, 'SIGKILL')
    await daemon.logged(event('worker-died'), 5_000, from)
    if (death === 3) break
    await daemon.logged(event('worker-restarted'), 5_000, from)
  }
  const startedAt = Date.now()
  t.equal(await survivors(await open(port, 40)), 40)
  t.ok(Date.now() - startedAt < 700, `all were served after ${Date.now() - startedAt} ms, before the worker was back`)
  await daemon.logged(event('worker-restarted'), 5_000, daemon.program.lines.length - 1)
  t.equal(await survivors(await open(port, 40)), 40, 'and the sockets were given back')
})

t.test('300 listeners: more sockets than one message to a worker takes', { skip }, async (t) => {
  const server = await startEchoServer()
  t.teardown(() => server.close())
  const listeners = Array.from({ length: 300 }, (_, i) => `"tcp://127.0.${1 + Math.floor(i / 100)}.${1 + (i % 100)}:0"`)
  const sections = `
[frontends.echo]
listen = [${listeners.join(', ')}]
backend = "echo"
[backends.echo]
check = false
servers = [{ name = "s1", address = "127.0.0.1:${server.port}" }]
`
  const daemon = await Daemon.start(sections, { runtime: 'engine = "linux"\nworkers = 1' })
  t.teardown(() => daemon.stop())
  const bound = daemon.log.filter(event('listener-bound')).map(({ address }) => String(address).split(':'))
  t.equal(bound.length, 300)
  for (const [host = '', port = ''] of [...bound.slice(0, 1), ...bound.slice(250, 256), ...bound.slice(-1)]) {
    const client = await TcpClient.connect(Number(port), host)
    t.equal(await client.echo('hello'), 'hello', `${host}:${port}`)
    await client.close()
  }
})

t.test('a control plane that has no descriptor left for a new worker tries again', { skip }, async (t) => {
  const { daemon, port } = await start(t, 2, 'round-robin')
  const { pid } = daemon.program
  const [first = 0] = childrenOf(pid)
  const [, soft = '', hard = ''] =
    /^Max open files +(\d+) +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? []
  await limitDescriptors(pid, `3:${hard}`)
  process.kill(first, 'SIGKILL')
  const died = (line: LogLine) => line.event === 'worker-died' && /EMFILE/.test(String(line.msg))
  await daemon.logged(died)
  await limitDescriptors(pid, `${soft}:${hard}`)
  await daemon.logged(event('worker-restarted'))
  t.equal(childrenOf(pid).length, 2)
  t.equal(await survivors(await open(port, 20)), 20)
})

t.test('when the control plane is killed its workers finish their sessions and end', { skip }, async (t) => {
  const { daemon, port } = await start(t, 2, 'round-robin')
  const workers = childrenOf(daemon.program.pid)
  const [client] = await open(port, 1)
  await client?.echo('before')
  await daemon.program.stop('SIGKILL')
  t.equal(await client?.echo('after'), 'after', 'a session goes on')
  t.equal(await (await TcpClient.connect(port)).ended, 'ECONNREFUSED', 'no new one is taken')
  await client?.close()
  await eventually('no orphan is left', () => !workers.some(isAlive))
})

t.test('a worker that dies while headgate stops is not started again', { skip }, async (t) => {
  const { daemon, port } = await start(t, 2, 'round-robin', { stopTimeout: '20s' })
  const clients = await open(port, 40)
  for (const client of clients) await client.echo('hello')
  daemon.program.kill('SIGTERM')
  await daemon.logged(event('stopping'))
  const [first = 0, second = 0] = childrenOf(daemon.program.pid)
  process.kill(first, 'SIGKILL')
  const died = await daemon.logged(event('worker-died'))
  t.match(died.msg, /not started again: headgate accepts no more$/)
  t.notOk('pause_ms' in died)
  t.equal(await survivors(clients), 40 - Number(died.sessions), 'the sessions of the other one go on')
  t.same(childrenOf(daemon.program.pid), [second])
  await Promise.all(clients.map((client) => client.close()))
  t.match(await daemon.program.exited, { code: 0, signal: null })
  t.notOk(daemon.log.some(event('worker-restarted')))
})

t.test('least-conn is true over four workers: 1,000 held sessions', { skip }, async (t) => {
  const { daemon, port } = await start(t, 4, 'least-conn')
  const clients: TcpClient[] = []
  for (let i = 0; i < 20; i++) clients.push(...(await open(port, 50)))
  await eventually('all are connected', async () => (await daemon.status()).sessions.live === 1_000)
  const { backends } = await daemon.status()
  const live = backends.flatMap(({ servers }) => servers.map(({ sessions }) => sessions.live))
  const spread = Math.max(...live) - Math.min(...live)
  t.ok(spread <= 4, `spread ${spread}: ${live.join(', ')}`)
  await Promise.all(clients.map((client) => client.close()))
})

for (const sessions of [100, 1_000]) {
  t.test(`weighted shares hold over four workers: ${sessions} sessions`, { skip }, async (t) => {
    const { daemon, port } = await start(t, 4, 'round-robin weighted')
    for (let i = 0; i < sessions; i += 50) {
      const clients = await open(port, 50)
      await Promise.all(clients.map((client) => client.echo('x')))
      await Promise.all(clients.map((client) => client.close()))
    }
    const { backends } = await daemon.status()
    const totals = backends.flatMap(({ servers }) => servers.map((server) => server.sessions.total))
    const off = totals.map((total, i) => Math.abs(total / sessions - (i + 1) / 10))
    t.ok(Math.max(...off) <= 0.02, `${totals.join(', ')} of ${sessions}`)
  })
}
