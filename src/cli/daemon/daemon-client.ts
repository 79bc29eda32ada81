/** The daemon as commands see it: questions in, documents out, and every failure in words. */
import type { ConfigError } from '../../config/errors.js'
import type { ErrorDocument } from '../../control/runtime-api/reply.js'
import { askFollowing } from '../../control/runtime-api/wire/ask-following.js'
import { askOnce, SocketError, type SocketFailure } from '../../control/runtime-api/wire/ask-once.js'
import { type Address, formatAddress } from '../../core/address.js'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { shellWord } from '../format/shell-word.js'

/** The daemon answers in milliseconds, or something is wrong with it. */
const PATIENCE_MS = 10_000

/** The daemon understood and said no. */
export class Refusal extends Failure {
  constructor(
    /** In HAProxy's words. */
    readonly error: string,
    /** What was perhaps meant. */
    readonly nearest: string | undefined,
    /** Of a config that was refused. */
    readonly errors: readonly ConfigError[] = [],
  ) {
    super(`${PLAIN_WORDS.get(error) ?? error}${hint(error, nearest)}`)
  }
}

/** There was no answer. */
export class Unreachable extends Failure {
  constructor(message: string) {
    super(message, EXIT.unreachable)
  }
}

/** Of HAProxy's words those that leave a person in the dark, with others in their place. */
const PLAIN_WORDS: ReadonlyMap<string, string> = new Map([
  ["Require 'backend/server'.", 'A server is named with its backend: backend/server.'],
  [
    'Already exists a server with the same name in backend.',
    'The backend has a server of that name: take another name, or headgate remove it first.',
  ],
])

function hint(error: string, nearest: string | undefined): string {
  if (nearest !== undefined) return ` Did you mean ${nearest}?`
  if (error.startsWith('No change ')) return ' headgate audit lists those that are.'
  return /^(No such (server|backend)|Require)/.test(error) ? ' headgate servers lists them all.' : ''
}

export class DaemonClient {
  constructor(
    private readonly address: Address,
    /** ` --socket PATH` when the user said so: for the commands that we suggest. */
    readonly flag: string,
  ) {}

  /** Another daemon of this machine. @param path its stats socket */
  at(path: string): DaemonClient {
    return new DaemonClient({ family: 'unix', path }, ` --socket ${shellWord(path)}`)
  }

  /**
   * The answer to a command that answers in JSON. Its type is the caller's word: daemon and command line are one
   * version. Throws Refusal, or Failure when there is no answer.
   */
  async ask<T extends object>(command: string, patienceMs = PATIENCE_MS): Promise<T> {
    const text = await this.exchange(`${command} json`, patienceMs)
    const answer = parse(text)
    if (isError(answer)) throw new Refusal(answer.error, answer.nearest, answer.errors)
    if (answer === undefined) throw new Failure(`the daemon did not understand "${command}": ${firstLine(text)}`)
    return answer as T // see above
  }

  /** The lines of an answer in JSON that goes on until the daemon ends, each a document, as `ask` has them. */
  async *follow<T extends object>(command: string): AsyncGenerator<T> {
    try {
      for await (const line of askFollowing(this.address, `${command} json`)) {
        const document = parse(line)
        if (isError(document)) throw new Refusal(document.error, document.nearest, document.errors)
        // what is no document is a remark, for people
        if (document !== undefined) yield document as T // see ask
      }
    } catch (error) {
      throw this.inWords(error)
    }
    throw new Unreachable('headgate ended')
  }

  private async exchange(command: string, patienceMs: number): Promise<string> {
    try {
      return await askOnce(this.address, command, patienceMs)
    } catch (error) {
      throw this.inWords(error)
    }
  }

  private inWords(error: unknown): unknown {
    if (!(error instanceof SocketError)) return error
    const where = formatAddress(this.address).replace(/^unix:/, '')
    return new Unreachable(`${WORDS[error.reason](where)}${this.advice(error.reason)}`)
  }

  private advice(reason: SocketFailure): string {
    if (reason !== 'missing' && reason !== 'refused') return ''
    return '\n  Start it with: headgate run -c FILE\n  Or name its socket (see [runtime].socket in its config) with --socket or HEADGATE_SOCKET.'
  }
}

const WORDS: Readonly<Record<SocketFailure, (where: string) => string>> = {
  missing: (where) => `${where} does not exist: headgate is not running, or its socket is elsewhere`,
  refused: (where) => `nobody listens on ${where}: headgate is not running, or its socket is elsewhere`,
  denied: (where) => `${where} may not be opened: run this as the user that headgate runs as, or with sudo`,
  timeout: (where) => `no answer from ${where}: what listens there hangs, or is no headgate`,
  broken: (where) => `${where} closed without an answer: headgate just ended, or is no headgate`,
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function isError(answer: object | undefined): answer is ErrorDocument {
  return answer !== undefined && 'error' in answer && typeof answer.error === 'string'
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
