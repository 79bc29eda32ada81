/** What is changed while headgate hands over is refused or lasts: nothing is answered and lost. */
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { Daemon } from '../support/daemon.js'
import { endGenerations } from '../support/end-generations.js'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { isAlive } from '../support/processes.js'
import { RoleCheck } from '../support/role-check.js'
import { runtimeApi } from '../support/runtime-api.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'

const skip = skipEngine('linux')
const REFUSED = /No change here: an upgrade is under way, or done/

async function start(t: Test) {
  const server = await startEchoServer()
  const check = await RoleCheck.start()
  const sections = `
[frontends.rw]
listen = "tcp://127.0.0.1:0"
backend = "db"
role = "primary"
[backends.db]
check = ${check.settings}
servers = [{ name = "r1", address = "127.0.0.1:${server.port}" }]
[frontends.echo]
listen = "tcp://127.0.0.1:0"
backend = "two"
[backends.two]
check = false
servers = [{ name = "x1", address = "127.0.0.1:${server.port}" }, { name = "x2", address = "127.0.0.1:${server.port}" }]
`
  const daemon = await Daemon.start(sections, { runtime: 'engine = "linux"\nworkers = 1\nstop_timeout = "50ms"' })
  t.teardown(async () => {
    await endGenerations(daemon)
    await check.close()
    await server.close()
  })
  return { daemon, check, port: await daemon.port('echo') }
}

/** A client that stays with the process that it reached. */
async function stay(t: Test, path: string): Promise<(line: string) => Promise<string>> {
  const socket: Socket = connect(path)
  t.teardown(() => socket.destroy())
  const say = async (line: string) => {
    let heard = ''
    socket.write(`${line}\n`)
    while (!heard.endsWith('> ')) heard += String(await once(socket, 'data'))
    return heard
  }
  await say('prompt')
  return say
}

t.test('a change on the old process is refused once the new one is told of all others', { skip }, async (t) => {
  const { daemon, check, port } = await start(t)
  const { pid } = daemon.program
  const session = await TcpClient.connect(port)
  await session.echo('hello')
  const old = await stay(t, daemon.socket)
  t.equal(await old('set server two/x2 weight 7'), '\n> ')
  check.hold()
  const upgrade = daemon.command('upgrade')
  await eventually('the new one has the stats socket', async () => (await daemon.status()).generation === 2)
  t.match(await old('set server two/x1 state maint'), REFUSED)
  check.release()
  t.match(await upgrade, { code: 0 })
  t.match(await old('set server two/x1 state maint'), REFUSED, 'nor does a former one take any')

  const state = join(dirname(daemon.socket), 'headgate.state')
  const file = existsSync(state) ? readFileSync(state, 'utf8') : 'none'
  t.match((await daemon.command('state')).stdout, /two\/x2 +weight/)
  t.notMatch(file, /two\/x1/)
  const { backends } = await daemon.status()
  t.match(backends.find(({ name }) => name === 'two')?.servers, [{ name: 'x1', admin: 'ready' }, { name: 'x2' }])

  const former = `${daemon.socket}.${pid}`
  t.match(await runtimeApi(former, 'show sess json'), /two\/|x1|x2/, 'a former one tells of its sessions')
  const killed = ['x1', 'x2'].map((name) => runtimeApi(former, `shutdown sessions server two/${name} json`))
  t.match((await Promise.all(killed)).join(''), /"killed":1/, 'and ends them')
  await session.ended
  await eventually('it ends with them', () => !isAlive(pid))
})
