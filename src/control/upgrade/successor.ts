/** The next generation, as the one that starts it sees it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { createSocketPair } from '../../native/descriptor-passing.js'
import { close } from '../../native/libc.js'
import { type Estate, HAND_OVER_VARIABLE, type ToPredecessor, type ToSuccessor } from './hand-over.js'
import { Link, LinkError } from './link.js'
import { SuccessorError } from './successor-error.js'

/** For its config, its workers and its first look at host names. */
const PREPARING_MS = 60_000
const TAKING_OVER_MS = 10_000
/** The first place for an inherited descriptor, after the three of every process. */
const LINK = 3

/** How headgate was started: so the next one is, from the files that are there now. */
export interface CommandLine {
  readonly program: string
  readonly args: readonly string[]
}

export const ownCommandLine: CommandLine = {
  program: process.execPath,
  args: [...process.execArgv, ...process.argv.slice(1)],
}

export class Successor {
  private readonly link: Link<ToPredecessor, ToSuccessor>
  private exit: string | undefined

  private constructor(
    private readonly child: ChildProcess,
    ours: number,
  ) {
    this.link = new Link(new Socket({ fd: ours, readable: true, writable: true }))
    child.once('error', (error) => {
      this.exit = error.message
    })
    child.once('exit', (code, signal) => {
      this.exit = `it ended with ${signal ? `signal ${signal}` : `exit code ${code}`}; its standard error says why`
    })
  }

  /** Starts it with the sockets of `estate`, whose descriptors are ours here. */
  static start({ program, args }: CommandLine, estate: Estate): Successor {
    const [ours, theirs] = createSocketPair()
    const handed = [...estate.sockets, ...estate.flowLinks]
    const descriptors = handed.map(({ descriptor }) => descriptor)
    const child = spawn(program, args, {
      stdio: ['ignore', 'inherit', 'inherit', theirs, ...descriptors],
      env: { ...process.env, [HAND_OVER_VARIABLE]: `${LINK}` },
    })
    close(theirs)
    const successor = new Successor(child, ours)
    const place = (i: number) => LINK + 1 + i
    const sockets = estate.sockets.map((socket, i) => ({ ...socket, descriptor: place(i) }))
    const flowLinks = estate.flowLinks.map((link, i) => ({ ...link, descriptor: place(sockets.length + i) }))
    successor.link.send({ ...estate, sockets, flowLinks })
    return successor
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** Rejects with SuccessorError, or with the signal's reason: it is of no use then, see `end`. */
  async prepared(stopping: AbortSignal): Promise<void> {
    await this.expect('prepared', PREPARING_MS, stopping)
  }

  /**
   * Let it have everything. Resolves with its version when it takes connections. Rejects like `prepared`.
   * @param state what operators changed: see `Take`
   */
  async takeOver(state: string, stopping: AbortSignal): Promise<string> {
    stopping.throwIfAborted()
    this.link.send({ type: 'take', state })
    const { headgate } = await this.expect('serving', TAKING_OVER_MS, stopping)
    this.link.close()
    // it outlives us: nobody waits for its end
    this.child.unref()
    return headgate
  }

  private async expect<Type extends 'prepared' | 'serving'>(
    type: Type,
    withinMs: number,
    stopping: AbortSignal,
  ): Promise<Extract<ToPredecessor, { type: Type }>> {
    try {
      const message = await this.link.next(withinMs, stopping)
      if (isOf(message, type)) return message
      throw new SuccessorError(message.type === 'failed' ? message.why : `it said ${message.type}, not ${type}`)
    } catch (error) {
      // how it ended says more than that it did
      if (error instanceof LinkError) await this.end()
      throw error instanceof LinkError ? new SuccessorError(this.exit ?? error.message) : error
    }
  }

  /** Resolves when it has ended, however far it had come. */
  async end(): Promise<void> {
    this.link.close()
    if (this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return
    const gone = new Promise<void>((resolve) => this.child.once('exit', () => resolve()))
    // where it takes over already it hears nothing over the link
    this.child.kill('SIGTERM')
    const late = setTimeout(() => this.child.kill('SIGKILL'), ENDING_MS)
    await gone
    clearTimeout(late)
  }
}

/** One that failed tidies up and ends by itself. */
const ENDING_MS = 2_000

function isOf<Type extends ToPredecessor['type']>(
  message: ToPredecessor,
  type: Type,
): message is Extract<ToPredecessor, { type: Type }> {
  return message.type === type
}
