/** What operators changed lasts: over a stop, a kill, a reload and an edited config; and a bad state file stops nobody. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { headgate, MAIN } from '../support/daemon.js'
import { ENGINES, skipEngine } from '../support/engines.js'
import { eventually } from '../support/eventually.js'
import { Program } from '../support/program.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'
import { temporaryFolder } from '../support/temporary-folder.js'

/** A folder in which headgate is started again and again. */
class Home {
  private readonly folder = temporaryFolder()
  readonly socket = join(this.folder.path, 'headgate.sock')
  readonly state = join(this.folder.path, 'headgate.state')
  private readonly config = join(this.folder.path, 'headgate.toml')
  private program: Program | undefined

  constructor(
    t: Test,
    private readonly runtime: string,
  ) {
    t.teardown(async () => {
      await this.stop('SIGKILL')
      this.folder.remove()
    })
  }

  get files(): string[] {
    return readdirSync(this.folder.path).sort()
  }

  async start(sections: string): Promise<Program> {
    writeFileSync(this.config, `[runtime]\nsocket = "${this.socket}"\n${this.runtime}\n${sections}`)
    this.program = this.run()
    await this.program.line(/"event":"startup"/)
    return this.program
  }
  run(): Program {
    return Program.start(process.execPath, [MAIN, 'run', '-c', this.config])
  }
  edit(sections: string): void {
    writeFileSync(this.config, `[runtime]\nsocket = "${this.socket}"\n${this.runtime}\n${sections}`)
  }
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    await this.program?.stop(signal)
    this.program = undefined
  }

  /** What a command printed; fails when it did not end well. */
  async say(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await headgate(args, { HEADGATE_SOCKET: this.socket })
    if (code !== 0) throw new Error(`headgate ${args.join(' ')}: ${code} ${stderr}`)
    return stdout
  }
  /** `target kind value` of what differs from the config. */
  async differences(): Promise<string[]> {
    const { differences } = JSON.parse(await this.say('state', '--json')) // what the command prints
    return differences
      .map(({ target, kind, value }: Record<string, unknown>) => `${target} ${kind} ${JSON.stringify(value)}`)
      .sort()
  }
  /** `name admin weight` of each server. */
  async servers(): Promise<string[]> {
    const servers: readonly { name: string; admin: string; weight: { set: number } }[] = JSON.parse(
      await this.say('servers', '--json'),
    ) // what the command prints
    return servers.map(({ name, admin, weight }) => `${name} ${admin} ${weight.set}`).sort()
  }
  kept(): string {
    return existsSync(this.state) ? readFileSync(this.state, 'utf8') : ''
  }
}

function sections(port: number, weight = 100): string {
  return `
[frontends.front]
listen = "tcp://127.0.0.1:0"
backend = { back = 90, canary = 10 }
[backends.back]
check = false
servers = [
  { name = "one", address = "127.0.0.1:${port}" },
  { name = "two", address = "127.0.0.1:${port}", weight = ${weight} },
]
[backends.canary]
check = false
servers = [{ name = "c", address = "127.0.0.1:${port}" }]
`
}

const CHANGES = [
  ['drain', 'back/one'],
  ['weight', 'back/two', '7'],
  ['split', 'front', 'canary=0'],
  ['maint', 'canary/c'],
]

for (const engine of ENGINES) {
  t.test(`${engine}: changes last over stops, kills and reloads`, { skip: skipEngine(engine) }, async (t) => {
    const server = await startEchoServer()
    t.teardown(() => server.close())
    const home = new Home(t, `engine = "${engine}"\nworkers = 1`)
    await home.start(sections(server.port))
    for (const change of CHANGES) await home.say(...change)
    await home.say('add', 'back/three', `127.0.0.1:${server.port}`, '--weight', '5')
    await eventually('the file has all', () => home.kept().includes('three'))
    const all = await home.differences()
    t.equal(all.length, 5)
    await home.stop('SIGKILL')

    await t.test('after a kill', async (t) => {
      const program = await home.start(sections(server.port))
      t.same(await home.differences(), all)
      t.same(await home.servers(), ['c maint 100', 'one drain 100', 'three ready 5', 'two ready 7'])
      const restored = program.lines.find((line) => line.includes('"state-restored"'))
      t.match(JSON.parse(restored ?? ''), { level: 'info', count: 5, file: home.state })
      t.match(await home.say('why', 'back/one'), /runtime-api \w+ \(uid \d+, pid \d+.*\) at 2.*, from the state file/)
      const { frontends } = JSON.parse(await home.say('status', '--json')) // what the command prints
      const client = await TcpClient.connect(Number(/\d+$/.exec(frontends[0].listeners[0])?.[0]))
      t.equal(await client.echo('hello'), 'hello')
      await client.close()
    })

    await t.test('a change just before a stop', async (t) => {
      await home.say('weight', 'back/three', '6')
      await home.stop()
      await home.start(sections(server.port))
      t.same(await home.servers(), ['c maint 100', 'one drain 100', 'three ready 6', 'two ready 7'])
    })

    await t.test('a reload of an edited config beats what was edited, and nothing else', async (t) => {
      home.edit(sections(server.port, 80))
      await home.say('reload')
      t.same(await home.servers(), ['c maint 100', 'one drain 100', 'three ready 6', 'two ready 80'])
      await home.stop()
    })

    await t.test('so does one that was edited while it was stopped', async (t) => {
      const program = await home.start(sections(server.port, 80).replace('canary = 10', 'canary = 20'))
      t.same(await home.servers(), ['c maint 100', 'one drain 100', 'three ready 6', 'two ready 80'])
      const dropped = program.lines.find((line) => line.includes('"state-dropped"'))
      t.match(JSON.parse(dropped ?? '{}'), { level: 'warn', count: 1, changes: ['front split back=90 canary=0'] })
      t.match(await home.say('state'), /back\/three +server +none +address=.*\nback\/three +weight +5 +6 /s)
    })

    await t.test('a second daemon that cannot start leaves the file alone', async (t) => {
      const before = home.kept()
      home.edit(sections(server.port, 1).replace('"one"', '"other"'))
      const second = home.run()
      t.equal((await second.exited).code, 1)
      t.match(second.stderr.join('\n'), /a running headgate \(pid \d+\) listens there/)
      t.equal(home.kept(), before)
    })

    await t.test('state --reset drops all of it, for good', async (t) => {
      const told = await home.say('state', '--reset')
      t.match(told, /back\/one: admin state drain → ready\n/)
      t.match(told, /back\/three: server .* → none\n.*changes dropped/)
      t.same(await home.servers(), ['c ready 100', 'one ready 100', 'two ready 80'])
      await home.stop('SIGTERM')
      await home.start(sections(server.port, 80).replace('canary = 10', 'canary = 20'))
      t.same(await home.differences(), [])
      await home.say('undo').catch((error: Error) => t.match(error.message, /Nothing to undo/))
    })
  })
}

t.test('a state file that cannot be used is moved aside, said, and headgate runs', async (t) => {
  const home = new Home(t, 'engine = "portable"')
  for (const [i, [text, why]] of [
    ['{"headgate-state":1,"entr', /damaged, or no state file of headgate/],
    ['{"headgate-state":99,"entries":[]}', /a newer headgate wrote it \(format 99, this one knows 1\)/],
    [Buffer.alloc(10_000_000), /it has 10000000 bytes/],
  ].entries() as Iterable<[number, [string | Buffer, RegExp]]>) {
    writeFileSync(home.state, text)
    chmodSync(home.state, 0o600)
    const program = await home.start(sections(1))
    const line = JSON.parse(program.lines.find((one) => one.includes('"state-unusable"')) ?? '{}')
    t.match(line, { level: 'error', file: home.state, why, to: `${home.state}.unusable-` })
    t.equal(home.files.filter((file) => file.includes('unusable')).length, i + 1)
    await home.say('drain', 'back/one')
    await home.stop()
    t.match(home.kept(), /"drain"/)
    writeFileSync(home.state, '')
  }
})

t.test('a start that finds headgate running leaves the state file of that one alone', async (t) => {
  const home = new Home(t, 'engine = "portable"')
  await home.start(sections(1))
  // to the one that starts it is somebody else's
  writeFileSync(home.state, '{"headgate-state":99,"entries":[]}', { mode: 0o600 })
  const files = home.files
  const second = home.run()
  t.match(await second.exited, { code: 1 })
  t.match(second.stderr.join('\n'), /a running headgate \(pid \d+\) listens there/)
  t.same(home.files, files)
})

t.test('a folder where the state file should be stays, and it is said that nothing is kept', async (t) => {
  const home = new Home(t, 'engine = "portable"')
  mkdirSync(home.state)
  const program = await home.start(sections(1))
  await program.line(/"event":"state-unusable".*cannot be moved aside: only files are/)
  await program.line(/"event":"state-not-kept".*it is no regular file/)
  await home.say('drain', 'back/one')
  t.match(await home.say('state'), /NOT kept: .* cannot be written: it is no regular file/)
  t.same(home.files, ['headgate.sock', 'headgate.state', 'headgate.toml'])
})

t.test('a state that cannot be written is said once, at the start, and everything else goes on', async (t) => {
  const home = new Home(t, 'engine = "portable"\nstate = "/proc/headgate/state"')
  const program = await home.start(sections(1))
  await program.line(/"event":"state-not-kept"/)
  t.match(await home.say('state'), /NOT kept: \/proc\/headgate\/state cannot be written: ENOENT/)
  await home.say('drain', 'back/one')
  await home.say('weight', 'back/one', '5')
  t.match(await home.say('state'), /NOT kept: \/proc\/headgate\/state cannot be written: ENOENT/)
  await home.say('undo')
  await home.stop()
  t.equal(program.lines.filter((line) => line.includes('state-not-kept')).length, 1)
})

t.test('state = "off" forgets, and writes nothing', async (t) => {
  const home = new Home(t, 'engine = "portable"\nstate = "off"')
  await home.start(sections(1))
  await home.say('drain', 'back/one')
  t.match(await home.say('state'), /back\/one +admin state +ready +drain .*\n\nKept in memory alone/)
  await home.stop()
  t.same(home.files, ['headgate.toml'])
  await home.start(sections(1))
  t.same(await home.differences(), [])
})
