/** headgate as its users run it: `dist/main.js run` in a folder of its own, its log, its stats socket, its command line. */
import { execFile } from 'node:child_process'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StatusDocument } from '../../src/control/runtime-api/status/document.js'
import { plainCommand } from './plain-command.js'
import { type Exit, Program, type ProgramOptions } from './program.js'
import { runtimeApi } from './runtime-api.js'
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.js'

export const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface DaemonOptions extends Pick<ProgramOptions, 'env' | 'keep'> {
  /** Further lines of `[runtime]`; `socket` is set already. */
  readonly runtime?: string
  /** Further arguments of `headgate run`. */
  readonly arguments?: readonly string[]
}

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>>

/** Runs `headgate` with these arguments, to the end. */
export function headgate(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  return new Promise((resolve) => {
    const plain = plainCommand(process.execPath, [MAIN, ...args], env)
    const child = execFile(plain.command, plain.args, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

export class Daemon {
  private constructor(
    readonly program: Program,
    readonly socket: string,
    /** Text of its config file at the start. */
    readonly config: string,
    private readonly folder: TemporaryFolder,
    private readonly runtime: string,
  ) {}

  /** Path of its config file. */
  get file(): string {
    return configFile(this.folder)
  }

  /**
   * Resolves when it takes sessions. Fails with its output when it ends instead.
   * @param sections frontends and backends
   */
  static async start(
    sections: string,
    { runtime = '', env = {}, arguments: more = [], ...output }: DaemonOptions = {},
  ): Promise<Daemon> {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run npm run build first`)
    const folder = temporaryFolder()
    const socket = join(folder.path, 'headgate.sock')
    const file = configFile(folder)
    const runtimeText = `[runtime]\nsocket = "${socket}"\n${runtime}\n`
    const config = `${runtimeText}${sections}`
    writeFileSync(file, config)
    const args = [MAIN, 'run', '-c', file, ...more]
    const program = Program.start(process.execPath, args, { cwd: folder.path, env, ...output })
    const daemon = new Daemon(program, socket, config, folder, runtimeText)
    try {
      await daemon.logged(({ event }) => event === 'startup')
      return daemon
    } catch (error) {
      await program.stop('SIGKILL')
      folder.remove()
      throw error
    }
  }

  /** Puts another config file in the place, with the same `[runtime]`; whether it is read is another matter. */
  edit(sections: string): void {
    writeFileSync(`${this.file}.new`, `${this.runtime}${sections}`)
    // a reload must not read half of it
    renameSync(`${this.file}.new`, this.file)
  }

  /** The first log line, past or to come, that matches. */
  async logged(matches: (line: LogLine) => boolean, withinMs = 10_000, from = 0): Promise<LogLine> {
    const text = await this.program.line((line) => matches(parseLog(line)), withinMs, from)
    return parseLog(text)
  }

  get log(): LogLine[] {
    return this.program.lines.map(parseLog)
  }

  /** One command to the stats socket. */
  ask(command: string): Promise<string> {
    return runtimeApi(this.socket, command)
  }

  async status(): Promise<StatusDocument> {
    // `show status json` answers with this document and nothing else
    return JSON.parse(await this.ask('show status json')) as StatusDocument
  }

  /** The port that a frontend was bound to. */
  async port(frontend: string): Promise<number> {
    const { frontends } = await this.status()
    const listener = frontends.find(({ name }) => name === frontend)?.listeners[0]
    return Number(/:(\d+)$/.exec(listener ?? '')?.[1])
  }

  /** One `headgate` command, aimed at this daemon. */
  command(...args: string[]): Promise<CommandResult> {
    return headgate(args, { HEADGATE_SOCKET: this.socket })
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM', withinMs = 10_000): Promise<Exit> {
    const exit = await this.program.stop(signal, withinMs)
    this.folder.remove()
    return exit
  }
}

function configFile(folder: TemporaryFolder): string {
  return join(folder.path, 'headgate.toml')
}

/** What is no JSON (a message on standard error) is a line with only a message. */
function parseLog(line: string): LogLine {
  try {
    const parsed: unknown = JSON.parse(line)
    // JSON.parse makes plain objects
    return typeof parsed === 'object' && parsed !== null ? (parsed as LogLine) : { msg: line }
  } catch {
    return { msg: line }
  }
}
