/** Whoever stops headgate stops the successor that it has begun to start, and a stopping one starts none. */
import { existsSync } from 'node:fs'
import t, { type Test } from 'tap'
import { Daemon, type LogLine } from '../support/daemon.js'
import { endGenerations } from '../support/end-generations.js'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { isAlive } from '../support/processes.js'
import { RoleCheck } from '../support/role-check.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

const skip = skipEngine('linux')
const event = (name: string) => (line: LogLine) => line.event === name

async function start(t: Test) {
  const server = await startEchoServer()
  const check = await RoleCheck.start()
  const sections = `
[frontends.echo]
listen = "tcp://127.0.0.1:0"
backend = "echo"
role = "primary"
[backends.echo]
check = ${check.settings}
servers = [{ name = "s1", address = "127.0.0.1:${server.port}" }]
`
  const daemon = await Daemon.start(sections, { runtime: 'engine = "linux"\nworkers = 1\nstop_timeout = "20s"' })
  t.teardown(async () => {
    await endGenerations(daemon, 'SIGKILL')
    await check.close()
    await server.close()
  })
  const client = await TcpClient.connect(await daemon.port('echo'))
  t.equal(await client.echo('hello'), 'hello')
  return { daemon, check, client, port: await daemon.port('echo') }
}

type Started = Awaited<ReturnType<typeof start>>

async function endsAlone(t: Test, { daemon, client, port }: Started): Promise<void> {
  await daemon.logged(event('stopping'))
  t.equal(await client.echo('during'), 'during', 'the session goes on')
  t.equal(await (await TcpClient.connect(port)).ended, 'ECONNREFUSED', 'nobody listens')
  await client.close()
  // its output is a successor's too: it does not end before that
  t.match(await daemon.program.exited, { code: 0, signal: null })
  t.equal(daemon.log.filter(event('startup')).length, 1)
  t.notOk(daemon.log.some(event('handed-over')))
  t.notOk(existsSync(daemon.socket))
}

t.test('SIGTERM while a successor starts ends that one too', { skip }, async (t) => {
  const started = await start(t)
  const { daemon } = started
  const upgrade = daemon.command('upgrade')
  await daemon.logged(event('upgrading'))
  daemon.program.kill('SIGTERM')
  t.match(await upgrade, { code: 1, stderr: /No upgrade, all is as before: headgate is stopping/ })
  t.match(await daemon.logged(event('upgrade-failed')), { why: 'headgate is stopping' })
  await endsAlone(t, started)
})

t.test('SIGTERM to one that has given way to a successor which does not serve yet ends both', { skip }, async (t) => {
  const started = await start(t)
  const { daemon, check } = started
  check.hold()
  daemon.program.kill('SIGUSR2')
  await eventually('the new one has the stats socket', async () => (await daemon.status()).generation === 2)
  daemon.program.kill('SIGTERM')
  t.match(await daemon.logged(event('upgrade-failed')), { why: 'headgate is stopping' })
  await endsAlone(t, started)
})

t.test('one that stops is not upgraded', { skip }, async (t) => {
  const started = await start(t)
  const { daemon } = started
  daemon.program.kill('SIGTERM')
  await daemon.logged(event('stopping'))
  t.match(await daemon.command('upgrade'), { code: 1, stderr: /No upgrade, all is as before: headgate is stopping/ })
  daemon.program.kill('SIGUSR2')
  t.equal((await daemon.status()).generation, 1)
  await endsAlone(t, started)
})

t.test('SIGTERM to one whose successor serves ends it alone', { skip }, async (t) => {
  const { daemon, client, port } = await start(t)
  const { pid } = daemon.program
  t.match(await daemon.command('upgrade'), { code: 0 })
  daemon.program.kill('SIGTERM')
  t.match(await daemon.logged(event('stopping')), { sessions: 1 })
  await client.close()
  await eventually('it has ended', () => !isAlive(pid))
  const { generation, pid: heir } = await daemon.status()
  t.equal(generation, 2)
  const other = await TcpClient.connect(port)
  t.equal(await other.echo('hello'), 'hello')
  await other.close()
  process.kill(heir, 'SIGTERM')
  t.match(await daemon.program.exited, { code: 0 })
})
