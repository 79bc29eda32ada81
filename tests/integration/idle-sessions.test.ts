/** A crowd that says nothing: 15,000 sessions over two workers, each of which may hold 20,000 descriptors at most. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Daemon } from '../support/daemon.js'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { childrenOf, holdings } from '../support/processes.js'
import { Program } from '../support/program.js'

const SESSIONS = 15_000
const SERVERS = 3
const WITHIN_MS = 60_000

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

/** Sockets of the workers, and their memory in kB. */
function workersHold(daemon: Daemon) {
  const workers = childrenOf(daemon.program.pid).map(holdings)
  const all = workers.filter((worker) => worker !== undefined)
  return {
    sockets: all.map(({ descriptors }) => descriptors.sockets),
    rssKb: all.reduce((sum, { rssKb }) => sum + rssKb, 0),
  }
}

t.test(`${SESSIONS} idle sessions over two workers`, { skip: skipEngine('linux') }, async (t) => {
  const servers = Array.from({ length: SERVERS }, () => Program.start(process.execPath, [fixture('echo-server.mjs')]))
  for (const server of servers) t.teardown(() => server.stop('SIGKILL'))
  const ports = await Promise.all(servers.map(async (server) => JSON.parse(await server.line(/^\{/)).tcp))
  const list = ports.map((port, i) => `{ name = "s${i}", address = "127.0.0.1:${port}" }`)
  const sections = `
[frontends.idle]
listen = "tcp://127.0.0.1:0"
backend = "idle"
client_idle = "1h"
[backends.idle]
policy = "least-conn"
check = false
server_idle = "1h"
servers = [${list.join(', ')}]
`
  const daemon = await Daemon.start(sections, { runtime: 'engine = "linux"\nworkers = 2\nstop_timeout = "50ms"' })
  t.teardown(() => daemon.stop())
  const before = workersHold(daemon)

  const began = performance.now()
  const port = await daemon.port('idle')
  const clients = Program.start(process.execPath, [fixture('idle-clients.mjs'), String(port), String(SESSIONS)])
  t.teardown(() => clients.stop('SIGKILL'))
  t.same(JSON.parse(await clients.line(/"connected"/, WITHIN_MS)), { connected: SESSIONS })
  t.comment(`connected after ${((performance.now() - began) / 1_000).toFixed(1)} s`)

  const { sessions, backends } = await daemon.status()
  t.equal(sessions.live, SESSIONS)
  const shares = backends.flatMap(({ servers }) => servers.map((server) => server.sessions.live))
  t.ok(Math.max(...shares) - Math.min(...shares) <= 2, `least-conn is even over both workers: ${shares.join(', ')}`)
  const during = workersHold(daemon)
  const perWorker = during.sockets.map((sockets, i) => sockets - (before.sockets[i] ?? 0))
  t.equal(
    perWorker.reduce((sum, sockets) => sum + sockets, 0),
    2 * SESSIONS,
    `two sockets each: ${perWorker.join(' + ')}`,
  )
  t.comment(`${((during.rssKb - before.rssKb) / SESSIONS).toFixed(1)} kB of memory for each`)

  clients.kill('SIGUSR2')
  t.same(JSON.parse(await clients.line(/"alive"/, WITHIN_MS)), { alive: SESSIONS }, 'every one is answered again')

  t.match(await clients.stop('SIGTERM', WITHIN_MS), { code: 0 })
  await eventually('none is counted any more', async () => (await daemon.status()).sessions.live === 0, WITHIN_MS)
  await eventually('every socket is closed', () => workersHold(daemon).sockets.join() === before.sockets.join())
  const lines = () => daemon.log.filter(({ event }) => event === 'session').length
  // their count is in shared memory, their lines come through a pipe
  await eventually('each has left its line', () => lines() >= SESSIONS)
  t.equal(lines(), SESSIONS, 'and no more than one')
})
