/** A program started by a test, the demo or the benchmark: its lines, its end, and that it never outlives who started it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { createInterface } from 'node:readline'
import { plainCommand } from './plain-command.js'
import { childrenOf, isAlive } from './processes.js'

export interface ProgramOptions {
  readonly cwd?: string
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>
  readonly uid?: number
  readonly gid?: number
  /** Where its output goes instead of being kept as lines: an open file descriptor. */
  readonly output?: number
  /** Called for each line: false lets go of it, for a program that writes more than should be kept. Default: keep all. */
  readonly keep?: (line: string) => boolean
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const running = new Set<Program>()
process.once('exit', () => {
  for (const program of running) program.killAll()
})

export class Program {
  /** What it wrote to standard output and standard error, in order of arrival. */
  readonly lines: string[] = []
  readonly stdout: string[] = []
  readonly stderr: string[] = []
  readonly exited: Promise<Exit>
  private readonly arrivals = new EventEmitter<{ line: [string]; end: [] }>()
  private readonly child: ChildProcess
  private isRunning = true

  private constructor(
    readonly command: string,
    args: readonly string[],
    options: ProgramOptions,
  ) {
    const { cwd, env, uid, gid, output = 'pipe', keep = () => true } = options
    const plain = plainCommand(command, args, env)
    this.child = spawn(plain.command, plain.args, {
      stdio: ['ignore', output, output],
      ...(cwd !== undefined && { cwd }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    })
    this.arrivals.setMaxListeners(0)
    this.keep(this.child.stdout, this.stdout, keep)
    this.keep(this.child.stderr, this.stderr, keep)
    this.exited = this.watch()
    running.add(this)
  }

  static start(command: string, args: readonly string[] = [], options: ProgramOptions = {}): Program {
    return new Program(command, args, options)
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.command} could not be started`)
    return this.child.pid
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** The way out. With its children: a worker of nginx outlives a master that is killed. */
  killAll(): void {
    const { pid } = this.child
    const children = pid !== undefined && isAlive(pid) ? childrenOf(pid) : []
    this.kill('SIGKILL')
    for (const child of children.filter(isAlive)) process.kill(child, 'SIGKILL')
  }

  /** Asks it to end, and kills it when it has not within the time. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', withinMs = 10_000): Promise<Exit> {
    this.kill(signal)
    const late = setTimeout(() => this.kill('SIGKILL'), withinMs)
    const exit = await this.exited
    clearTimeout(late)
    return exit
  }

  /**
   * The first line, past or to come, that matches. Fails when the program ends or the time runs out before.
   * @param from index in `lines` to look from; `lines.length` looks at what is to come only
   */
  async line(matches: RegExp | ((line: string) => boolean), withinMs = 10_000, from = 0): Promise<string> {
    const isMatch = typeof matches === 'function' ? matches : (line: string) => matches.test(line)
    const past = this.lines.slice(from).find(isMatch)
    if (past !== undefined) return past
    const { promise, resolve, reject } = deferred<string>()
    const fail = (what: string) =>
      reject(new Error(`${this.command} ${what} before a line like ${matches}\n${this.tail()}`))
    const late = setTimeout(() => fail(`took more than ${withinMs} ms`), withinMs)
    const onLine = (line: string) => isMatch(line) && resolve(line)
    const onEnd = () => fail('ended')
    this.arrivals.on('line', onLine).on('end', onEnd)
    if (!this.isRunning) onEnd()
    try {
      return await promise
    } finally {
      clearTimeout(late)
      this.arrivals.off('line', onLine).off('end', onEnd)
    }
  }

  /** Its last lines, for messages. */
  tail(count = 20): string {
    return this.lines.slice(-count).join('\n')
  }

  private keep(stream: NodeJS.ReadableStream | null, own: string[], isKept: (line: string) => boolean): void {
    if (!stream) return
    createInterface({ input: stream }).on('line', (line) => {
      if (!isKept(line)) return
      this.lines.push(line)
      own.push(line)
      this.arrivals.emit('line', line)
    })
  }

  private async watch(): Promise<Exit> {
    try {
      // 'close' comes after the last line, 'exit' may come before it
      const [code, signal] = await once(this.child, 'close')
      return { code, signal }
    } catch (error) {
      this.lines.push(String(error))
      return { code: null, signal: null }
    } finally {
      this.isRunning = false
      running.delete(this)
      this.arrivals.emit('end')
    }
  }
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
