/** A user's mistakes: each gets a message that says what to do, starts nothing by half, and shows no stack trace. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { type CommandResult, Daemon, headgate, MAIN } from '../support/daemon.js'
import { ENGINES, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { freePort, freeUdpPort } from '../support/free-port.js'
import { Program } from '../support/program.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const STACK_TRACE = /^\s+at .*[:(]\d+/m

function isClear(t: Test, { stdout, stderr }: CommandResult, ...words: RegExp[]): void {
  for (const word of words) t.match(stderr, word)
  t.notMatch(stdout + stderr, STACK_TRACE, 'no stack trace')
  t.ok(stderr.length < 5_000, 'short enough to read')
}

const sections = (listen: string, more = '') => `
[frontends.in]
listen = ${listen}
backend = "servers"

[backends.servers]
check = false
servers = [{ name = "s1", address = "127.0.0.1:1" }]
${more}
`

class Folder {
  private readonly folder = temporaryFolder()
  readonly socket = join(this.folder.path, 'headgate.sock')
  readonly file = join(this.folder.path, 'headgate.toml')

  constructor(t: Test, content: string | Uint8Array) {
    t.teardown(() => this.folder.remove())
    writeFileSync(this.file, typeof content === 'string' ? content.replaceAll('SOCKET', this.socket) : content)
  }
  run(): Promise<CommandResult> {
    return headgate(['run', '-c', this.file])
  }
}

const runtime = '[runtime]\nsocket = "SOCKET"\n'
const whole = `${runtime}${sections('"tcp://127.0.0.1:0"')}`

t.test('config files that are none', async (t) => {
  const files = {
    'cut in the middle of a string': whole.slice(0, whole.indexOf('tcp://') + 3),
    'cut in the middle of a table': whole.slice(0, whole.indexOf('"servers"')),
    binary: readFileSync(process.execPath).subarray(0, 100_000),
    empty: '',
    '10 MB of one line': 'x'.repeat(10_000_000),
    '10 MB of keys': Array.from({ length: 500_000 }, (_, i) => `key${i} = ${i}`).join('\n'),
    '10 MB of servers': `${whole}\n${'[[backends.servers.servers]]\nname = "s1"\n'.repeat(240_000)}`,
  }
  for (const [name, content] of Object.entries(files)) {
    await t.test(name, async (t) => {
      const folder = new Folder(t, content)
      const began = Date.now()
      const result = await folder.run()
      t.equal(result.code, 1)
      isClear(t, result, /headgate\.toml/)
      t.notOk(existsSync(folder.socket), 'no socket is left')
      t.ok(Date.now() - began < 10_000, `${Date.now() - began} ms`)
    })
  }
  await t.test('missing', async (t) => {
    const result = await headgate(['run', '-c', '/nowhere/headgate.toml'])
    t.equal(result.code, 1)
    isClear(t, result, /\/nowhere\/headgate\.toml/)
  })
})

t.test('a TCP port that is taken', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const address = taken.address()
  const free = await freePort()
  const port = typeof address === 'object' ? address?.port : undefined
  const folder = new Folder(t, `${runtime}${sections(`["tcp://127.0.0.1:${free}", "tcp://127.0.0.1:${port}"]`)}`)
  const result = await folder.run()
  t.equal(result.code, 1)
  isClear(t, result, new RegExp(`127\\.0\\.0\\.1:${port}`), /in use/)
  t.notOk(existsSync(folder.socket), 'no socket is left')
  t.equal(await (await TcpClient.connect(free)).ended, 'ECONNREFUSED', 'the free one of its ports is free again')
})

t.test('a UDP port that is taken', async (t) => {
  const port = await freeUdpPort()
  const taken = createSocket('udp4').bind(port, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => void taken.close())
  const folder = new Folder(t, `${runtime}${sections(`"udp://127.0.0.1:${port}"`)}`)
  const result = await folder.run()
  t.equal(result.code, 1)
  isClear(t, result, new RegExp(`127\\.0\\.0\\.1:${port}`), /in use/)
  t.notOk(existsSync(folder.socket), 'no socket is left')
})

t.test('a metrics port that is taken', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const address = taken.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const text = `${runtime}metrics = "127.0.0.1:${port}"\n${sections('"tcp://127.0.0.1:0"')}`
  const folder = new Folder(t, text)
  const result = await folder.run()
  t.equal(result.code, 1)
  isClear(t, result, new RegExp(`127\\.0\\.0\\.1:${port}`), /in use/)
  t.notOk(existsSync(folder.socket), 'no socket is left')
})

t.test('a unix listener that cannot be', async (t) => {
  const cases = [
    [
      'none/in.sock',
      /cannot bind unix:\S+\/in\.sock of frontend in: its folder does not exist or may not be written; create it/,
    ],
    ['headgate.toml/in.sock', /cannot bind unix:\S+\/in\.sock of frontend in: its folder does not exist or may/],
    [
      'headgate.toml',
      /cannot bind unix:\S+\.toml of frontend in: the path is in use; .* remove what else has that name/,
    ],
  ] as const
  for (const [path, words] of cases) {
    for (const engine of ENGINES.filter((engine) => !skipEngine(engine))) {
      const folder = new Folder(t, '')
      const listen = `"unix:${join(folder.file, '..', path)}"`
      writeFileSync(folder.file, `[runtime]\nsocket = "${folder.socket}"\nengine = "${engine}"\n${sections(listen)}`)
      const result = await folder.run()
      t.equal(result.code, 1)
      isClear(t, result, words)
      t.notOk(existsSync(folder.socket), 'no socket is left')
    }
  }
})

t.test(
  'folders that may not be entered',
  { skip: process.getuid?.() !== 0 && 'only root can become somebody else' },
  async (t) => {
    const closed = temporaryFolder()
    t.teardown(() => closed.remove())
    chmodSync(closed.path, 0o700)
    const cases = [
      [
        `${closed.path}/s.sock`,
        `${closed.path}/../in.sock`,
        /stats socket \S+: permission denied in \S+; let the user/,
      ],
      [
        `${closed.path}/a/s.sock`,
        `${closed.path}/../in.sock`,
        /\S+\/a cannot be created: permission denied; create it/,
      ],
      [
        'SOCKET',
        `${closed.path}/in.sock`,
        /cannot bind unix:\S+ of frontend in: its folder does not exist or may not be written; create it/,
      ],
    ] as const
    for (const [socket, listen, words] of cases) {
      const folder = new Folder(t, `[runtime]\nsocket = "${socket}"\nstate = "off"\n${sections(`"unix:${listen}"`)}`)
      chownSync(join(folder.file, '..'), 65_534, 65_534)
      const running = Program.start(process.execPath, [MAIN, 'run', '-c', folder.file], { uid: 65_534, gid: 65_534 })
      t.match(await running.exited, { code: 1 })
      const stderr = running.stderr.join('\n')
      isClear(t, { code: 1, stdout: '', stderr }, words)
      t.notMatch(stderr, /fault of headgate/)
    }
  },
)

t.test('the stats socket of a living instance is refused by name, and that instance goes on', async (t) => {
  const daemon = await Daemon.start(sections('"tcp://127.0.0.1:0"'))
  t.teardown(() => daemon.stop())
  const folder = new Folder(t, daemon.config)
  const result = await folder.run()
  t.equal(result.code, 1)
  isClear(t, result, new RegExp(daemon.socket))
  t.equal((await daemon.status()).status, 'healthy')
})

t.test('a stale stats socket is replaced', async (t) => {
  const server = await startEchoServer()
  t.teardown(server.close)
  const folder = new Folder(t, whole)
  const first = Program.start(process.execPath, [MAIN, 'run', '-c', folder.file])
  await first.line(/"event":"startup"/)
  await first.stop('SIGKILL')
  t.ok(statSync(folder.socket).isSocket(), 'the killed instance has left its socket')
  const second = Program.start(process.execPath, [MAIN, 'run', '-c', folder.file])
  await second.line(/"event":"startup"/)
  t.match(await second.stop(), { code: 0 })
  t.notOk(existsSync(folder.socket), 'and goes with an orderly stop')
})

t.test('a file that is no socket is never replaced', async (t) => {
  const folder = new Folder(t, whole)
  writeFileSync(folder.socket, 'precious')
  const result = await folder.run()
  t.equal(result.code, 1)
  isClear(t, result, new RegExp(folder.socket))
  t.equal(readFileSync(folder.socket, 'utf8'), 'precious')
})

/** Node raises its own soft limit, so the hard one is lowered. */
function runWithDescriptors(limit: number, file: string): Program {
  const command = `ulimit -n ${limit} && exec "$0" "$@"`
  return Program.start('sh', ['-c', command, process.execPath, MAIN, 'run', '-c', file])
}

for (const [limit, what] of [
  [40, 'to load the program'],
  [160, 'for its listeners'],
] as const) {
  t.test(`too few descriptors ${what} is said`, async (t) => {
    const ports = await Promise.all(Array.from({ length: 200 }, freePort))
    const listeners = ports.map((port) => `"tcp://127.0.0.1:${port}"`).join(', ')
    const folder = new Folder(t, `${runtime}${sections(`[${listeners}]`)}`)
    const running = runWithDescriptors(limit, folder.file)
    const { code } = await running.exited
    t.equal(code, 1)
    isClear(t, { code: 1, stdout: '', stderr: running.stderr.join('\n') }, /descriptors/, /ulimit/)
    t.notOk(existsSync(folder.socket), 'no socket is left')
  })
}

t.test('descriptors that run out under load are logged, and it recovers', async (t) => {
  const server = await startEchoServer()
  t.teardown(server.close)
  const text = whole.replace('127.0.0.1:1"', `127.0.0.1:${server.port}"`)
  const folder = new Folder(t, text)
  const running = runWithDescriptors(160, folder.file)
  t.teardown(() => running.stop())
  await running.line(/"event":"startup"/)
  const status = await headgate(['status', '--json', '--socket', folder.socket])
  const port = Number(/tcp:\/\/127\.0\.0\.1:(\d+)/.exec(status.stdout)?.[1])

  const clients = await Promise.all(Array.from({ length: 200 }, () => TcpClient.connect(port)))
  await running.line(/descriptors-exhausted/)
  await Promise.all(clients.map((client) => client.close()))
  await eventually('sessions are taken again', async () => {
    const client = await TcpClient.connect(port)
    const answer = await client.echo('hello').catch(() => undefined)
    await client.close()
    return answer === 'hello'
  })
  t.notMatch(running.lines.join('\n'), STACK_TRACE)
})

t.test('names with spaces and quotes', async (t) => {
  const folder = new Folder(t, whole.replace('"s1"', `'s "1"'`))
  const result = await folder.run()
  t.equal(result.code, 1)
  isClear(t, result, /headgate\.toml:\d+/, /name/, /letters, digits/)

  const daemon = await Daemon.start(sections('"tcp://127.0.0.1:0"'))
  t.teardown(() => daemon.stop())
  for (const name of [
    'servers/s 1',
    `servers/s"1"`,
    'servers/s1; set weight servers/s1 0',
    'servers',
    '/',
    'servers/s2',
  ]) {
    const drain = await daemon.command('drain', name)
    t.equal(drain.code === 1 || drain.code === 2, true, `drain ${name}: exit code ${drain.code}`)
    isClear(t, drain, /\S/)
  }
  t.match(
    (await daemon.status()).backends[0]?.servers[0],
    { admin: 'ready', weight: { set: 100 } },
    'nothing has changed',
  )
})

t.test('no daemon where the socket should be', async (t) => {
  const result = await headgate(['status', '--socket', '/nowhere/headgate.sock'])
  t.equal(result.code, 3)
  isClear(t, result, /\/nowhere\/headgate\.sock/)
})
