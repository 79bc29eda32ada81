/** Signals in mid-transfer cut system calls short (EINTR) and stop processes for a moment: no session notices. */
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Daemon } from '../support/daemon.js'
import { skipEngine } from '../support/engines.js'
import { childrenOf } from '../support/processes.js'
import { Program } from '../support/program.js'

const DOWNLOADS = 20
const BYTES = 20e6
/** What a worker leaves to control, and what stops and continues it. */
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGSTOP', 'SIGCONT'] as const

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))

t.test('workers under a hail of signals lose no byte and no session', { skip: skipEngine('linux') }, async (t) => {
  const server = Program.start(process.execPath, [fixture('pattern-server.mjs')])
  t.teardown(() => server.stop('SIGKILL'))
  const serverPort = (await server.line(/^port /)).slice('port '.length)
  const sections = `
[frontends.bulk]
listen = "tcp://127.0.0.1:0"
backend = "bulk"
[backends.bulk]
check = false
servers = [{ name = "s1", address = "127.0.0.1:${serverPort}" }]
`
  const daemon = await Daemon.start(sections, { runtime: 'engine = "linux"\nworkers = 2\nstop_timeout = "50ms"' })
  t.teardown(() => daemon.stop())
  const workers = childrenOf(daemon.program.pid)
  const args = [await daemon.port('bulk'), DOWNLOADS, BYTES, 0].map(String)
  const clients = Program.start(process.execPath, [fixture('downloads.mjs'), ...args])
  t.teardown(() => clients.stop('SIGKILL'))
  await clients.line(/^flowing/)

  let sent = 0
  const hail = setInterval(() => {
    for (const worker of workers) for (const signal of SIGNALS) process.kill(worker, signal)
    sent += workers.length * SIGNALS.length
  }, 1)
  const outcomes = JSON.parse(await clients.line(/^\{/, 30_000).finally(() => clearInterval(hail)))
  t.same(outcomes, { whole: DOWNLOADS, cut: 0, refused: 0, wrong: 0 }, `after ${sent} signals`)
  t.same(childrenOf(daemon.program.pid), workers, 'the same workers')
  t.equal(daemon.log.filter(({ event }) => event === 'worker-died').length, 0)
})
