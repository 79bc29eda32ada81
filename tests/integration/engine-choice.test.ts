/**
 * Where the linux engine cannot run: `auto` takes the portable one and logs why, and a forced one is an error that says
 * why. Each obstacle is made real: a copy of the program with another koffi, a kernel that refuses a call.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { MAIN } from '../support/daemon.js'
import { skipEngine } from '../support/engines.js'
import { program, skipWithout } from '../support/installed-programs.js'
import { Program } from '../support/program.js'
import { TcpClient } from '../support/tcp-client.js'
import { startEchoServer } from '../support/tcp-server.js'
import { temporaryFolder } from '../support/temporary-folder.js'

const ROOT = dirname(dirname(MAIN))
const REFUSE_CALLS = fileURLToPath(new URL('../fixtures/refuse-calls.py', import.meta.url))
const STACK_TRACE = /^\s+at .*[:(]\d+/m
const skip = skipEngine('linux')

const echo = await startEchoServer()
t.teardown(() => echo.close())

/** A command that runs headgate: arguments are to be added. */
type Command = readonly string[]

class Run {
  readonly program: Program
  readonly socket: string

  constructor(t: Test, [command = '', ...args]: Command, engine: string) {
    const folder = temporaryFolder()
    this.socket = join(folder.path, 'headgate.sock')
    const file = join(folder.path, 'headgate.toml')
    writeFileSync(
      file,
      `[runtime]
socket = "${this.socket}"
engine = "${engine}"
workers = 2
[frontends.in]
listen = "tcp://127.0.0.1:0"
backend = "servers"
[backends.servers]
check = false
servers = [{ name = "s1", address = "127.0.0.1:${echo.port}" }]
`,
    )
    this.program = Program.start(command, [...args, 'run', '-c', file])
    t.teardown(async () => {
      await this.program.stop()
      folder.remove()
    })
  }

  async logged(event: string): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse(await this.program.line((line) => line.includes(`"event":"${event}"`)))
  }

  async answers(): Promise<boolean> {
    const { address } = await this.logged('listener-bound')
    const client = await TcpClient.connect(Number(String(address).split(':').at(-1)))
    const answer = await client.echo('hello')
    await client.close()
    return answer === 'hello'
  }
}

async function fallsBack(t: Test, command: Command, reason: RegExp): Promise<void> {
  const run = new Run(t, command, 'auto')
  const { why, level } = await run.logged('engine-fallback')
  t.match(why, reason)
  t.equal(level, 'warn')
  t.match(await run.logged('startup'), { engine: 'portable', workers: 1 })
  t.ok(await run.answers(), 'the portable engine serves')
  t.equal(run.program.stderr.join('\n'), '', 'the log is all that it says')
}

async function isRefused(t: Test, command: Command, reason: RegExp): Promise<void> {
  const { program: running, socket } = new Run(t, command, 'linux')
  t.match(await running.exited, { code: 1 })
  const said = running.lines.join('\n')
  t.match(said, reason)
  t.match(said, /^headgate: engine = "linux" cannot run here: .*engine = "auto"$/, 'one line, with a way out')
  t.notMatch(said, STACK_TRACE)
  t.notOk(existsSync(socket), 'no socket is left')
}

function isAnObstacle(t: Test, command: Command, reason: RegExp): Promise<unknown> {
  return Promise.all([fallsBack(t, command, reason), isRefused(t, command, reason)])
}

const BINARIES = `@koromix/koffi-linux-${process.arch}`
const HERE = `linux_${process.arch}/koffi.node`
const MUSL = `musl_${process.arch}/koffi.node`
const FILES_OF_KOFFI = ['package.json', 'index.js', 'src/koffi']

/** A copy of the program with all its dependencies but koffi. */
class Installation {
  readonly command: Command
  private readonly modules: string

  constructor(t: Test) {
    const folder = temporaryFolder()
    t.teardown(() => folder.remove())
    this.modules = join(folder.path, 'node_modules')
    cpSync(dirname(MAIN), join(folder.path, 'dist'), { recursive: true })
    cpSync(join(ROOT, 'package.json'), join(folder.path, 'package.json'))
    mkdirSync(this.modules)
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    for (const name of Object.keys(dependencies)) symlinkSync(installed(name), join(this.modules, name))
    this.command = [process.execPath, join(folder.path, 'dist', 'main.js')]
  }

  addKoffi(): this {
    for (const file of FILES_OF_KOFFI) {
      cpSync(join(installed('koffi'), file), join(this.modules, 'koffi', file), { recursive: true })
    }
    return this
  }

  /** Koffi with one binary instead of those for glibc and musl. */
  addBinary(at: string, content: Uint8Array): this {
    const file = join(this.modules, BINARIES, at)
    mkdirSync(dirname(file), { recursive: true })
    for (const own of ['package.json', 'index.js']) {
      cpSync(join(installed(BINARIES), own), join(this.modules, BINARIES, own))
    }
    writeFileSync(file, content)
    return this
  }
}

const installed = (name: string) => join(ROOT, 'node_modules', name)
const binary = (at: string) => readFileSync(join(installed(BINARIES), at))

/** elf(5): the machine is the 16-bit word at 18; 0xf7 is BPF, which no machine is. */
function forAnotherMachine(content: Buffer): Buffer {
  content.writeUInt16LE(0xf7, 18)
  return content
}

t.test('koffi is not installed', { skip }, (t) =>
  isAnObstacle(t, new Installation(t).command, /koffi does not load: Cannot find package 'koffi'.*npm install/),
)

t.test('koffi came without its binaries', { skip }, (t) =>
  isAnObstacle(t, new Installation(t).addKoffi().command, /koffi does not load: .*native Koffi module/),
)

const WRONG_BINARIES = {
  'is for another machine': () => forAnotherMachine(binary(HERE)),
  'is an error page of a mirror': () => Buffer.from('<!doctype html><title>502 Bad Gateway</title>'.repeat(100)),
}
for (const [what, content] of Object.entries(WRONG_BINARIES)) {
  t.test(`koffi's binary ${what}`, { skip }, (t) =>
    isAnObstacle(t, new Installation(t).addKoffi().addBinary(HERE, content()).command, /koffi does not load: .*koffi/),
  )
}

t.test("koffi's binary is cut short, which kills whoever loads it", { skip }, (t) => {
  const whole = binary(HERE)
  const { command } = new Installation(t).addKoffi().addBinary(HERE, whole.subarray(0, whole.length / 2))
  return isAnObstacle(t, command, /ended with SIGBUS: the koffi binary is damaged; run npm ci/)
})

t.test('koffi has a binary for another C library only (glibc against musl)', { skip }, (t) => {
  const { command } = new Installation(t).addKoffi().addBinary(MUSL, binary(MUSL))
  return isAnObstacle(t, command, /koffi does not load: .*koffi/)
})

t.test(
  'a copy with the right binary runs the linux engine: nothing else kept the others from it',
  { skip },
  async (t) => {
    const { command } = new Installation(t).addKoffi().addBinary(HERE, binary(HERE))
    const run = new Run(t, command, 'auto')
    t.match(await run.logged('startup'), { engine: 'linux', workers: 2 })
    t.ok(await run.answers())
  },
)

const refusing = (action: string, call: string): Command => [
  program('python3'),
  REFUSE_CALLS,
  action,
  call,
  process.execPath,
  MAIN,
]
const skipRefusing = skip || skipWithout('python3')

t.test('the kernel refuses splice', { skip: skipRefusing }, (t) =>
  isAnObstacle(t, refusing('refuse', 'splice'), /the kernel refuses splice with EPERM \(a seccomp filter/),
)

// on arm64 epoll_wait is epoll_pwait, which Node needs, too
for (const call of ['memfd_create', 'recvmmsg', 'sendmmsg', ...(process.arch === 'x64' ? ['epoll_wait'] : [])]) {
  t.test(`the kernel refuses ${call}`, { skip: skipRefusing }, (t) =>
    isRefused(t, refusing('refuse', call), new RegExp(`the kernel refuses ${call} with EPERM \\(a seccomp filter`)),
  )
}

t.test('the kernel ends who calls splice', { skip: skipRefusing }, (t) =>
  isAnObstacle(t, refusing('kill', 'splice'), /the kernel ends a process for one of its calls \(SIGSYS: a seccomp/),
)

/** Node raises its own soft limit, so the hard one is lowered. */
const withDescriptors = (limit: number): Command => [
  'sh',
  '-c',
  `ulimit -n ${limit} && exec "$0" "$@"`,
  process.execPath,
  MAIN,
]

for (const engine of ['auto', 'linux', 'portable']) {
  t.test(`64 descriptors are too few for engine ${engine}, and it says so`, { skip }, async (t) => {
    const { program: running } = new Run(t, withDescriptors(64), engine)
    t.match(await running.exited, { code: 1 })
    const said = running.lines.join('\n')
    t.match(said, /^headgate: 64 file descriptors are too few to start, at least 128 are needed: raise the limit/)
    t.notMatch(said, STACK_TRACE)
  })
}

t.test('128 descriptors are enough for the linux engine to start and serve', { skip }, async (t) => {
  const run = new Run(t, withDescriptors(128), 'linux')
  t.match(await run.logged('startup'), { engine: 'linux' })
  t.ok(await run.answers())
})
