/** headgate under systemd: its unit, what it tells systemd, and the sockets that systemd opens for it. */
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Daemon, MAIN } from '../support/daemon.js'
import { skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { freePort } from '../support/free-port.js'
import { program, skipWithout } from '../support/installed-programs.js'
import { NotifySocket } from '../support/notify-socket.js'
import { Program } from '../support/program.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const UNITS = new URL('../../scripts/systemd/', import.meta.url)
const folder = temporaryFolder()
t.teardown(() => folder.remove())

const config = (listen: string, server: number) => `
[frontends.echo]
listen = "${listen}"
backend = "echo"
[backends.echo]
check = false
servers = [{ name = "s1", address = "127.0.0.1:${server}" }]
`

t.test('systemd finds no fault with the units', { skip: skipWithout('systemd-analyze') }, async (t) => {
  const files = ['headgate.service', 'headgate.socket'].map((name) => {
    const file = join(folder.path, name)
    // headgate is not installed where the unit expects it
    writeFileSync(file, readFileSync(new URL(name, UNITS), 'utf8').replaceAll('/usr/bin/headgate', process.execPath))
    return file
  })
  const [code, output] = await new Promise<[number | null, string]>((resolve) => {
    const child = execFile(program('systemd-analyze'), ['verify', ...files], (_error, stdout, stderr) =>
      resolve([child.exitCode, stdout + stderr]),
    )
  })
  t.equal(output, '')
  t.equal(code, 0)
})

t.test(
  'it says when it is ready, who is the main process after an upgrade, and that it stops',
  {
    skip: skipEngine('linux'),
  },
  async (t) => {
    const server = await startEchoServer()
    t.teardown(() => server.close())
    const path = join(folder.path, 'notify')
    const systemd = new NotifySocket(path)
    t.teardown(() => systemd.close())
    const daemon = await Daemon.start(config('tcp://127.0.0.1:0', server.port), {
      runtime: 'engine = "linux"\nworkers = 1',
      env: { NOTIFY_SOCKET: path },
    })
    await eventually('ready', () => systemd.messages.length > 0)
    t.same(systemd.messages, ['READY=1'])
    t.match(await daemon.command('upgrade'), { code: 0 })
    const { pid } = await daemon.status()
    t.not(pid, daemon.program.pid)
    await eventually('the old one names the new one', () => systemd.messages.includes(`MAINPID=${pid}`))
    process.kill(pid, 'SIGTERM')
    await eventually('it stops', () => systemd.messages.includes('STOPPING=1'))
    await daemon.stop()
  },
)

t.test(
  'it listens on the sockets that systemd opened, and refuses those that no frontend wants',
  {
    skip: skipWithout('systemd-socket-activate') || skipEngine('linux'),
  },
  async (t) => {
    const server = await startEchoServer()
    t.teardown(() => server.close())
    const port = await freePort()
    const activate = async (name: string, listen: string) => {
      const file = join(folder.path, `${name}.toml`)
      const runtime = `[runtime]\nsocket = "${join(folder.path, name)}.sock"\nengine = "linux"\nworkers = 2\nstop_timeout = "50ms"`
      writeFileSync(file, `${runtime}\n${config(listen, server.port)}`)
      const args = ['-l', `127.0.0.1:${port}`, process.execPath, MAIN, 'run', '-c', file]
      const running = Program.start(program('systemd-socket-activate'), args)
      await running.line(/Listening on/)
      // systemd starts the service when somebody comes
      return { running, client: await TcpClient.connect(port) }
    }
    const { running, client } = await activate('wanted', `tcp://127.0.0.1:${port}`)
    t.equal(await client.echo('who woke you?'), 'who woke you?')
    const more = await Promise.all(Array.from({ length: 20 }, () => TcpClient.connect(port)))
    t.same(await Promise.all(more.map((one) => one.echo('me too'))), Array(20).fill('me too'))
    await running.stop()

    const other = await activate('unwanted', `tcp://127.0.0.1:${await freePort()}`)
    t.match(await other.running.line(/where no frontend listens/), new RegExp(`127.0.0.1:${port}`))
    t.match(await other.running.exited, { code: 1 })
  },
)
