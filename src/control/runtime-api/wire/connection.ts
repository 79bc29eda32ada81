/**
 * One client of the stats socket: reads its commands, answers them one after the other, and is gone when it dawdles.
 * Nothing is read while an answer is under way, so a client costs at most one answer and one buffer of input.
 */
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Client } from '../command.js'
import type { Answer } from '../execute.js'
import type { Level } from '../level.js'
import type { SeverityOutput } from '../severity.js'
import { COMMAND_LIMIT, CommandReader } from './command-reader.js'
import { wordsOf } from './words.js'

/** How long a client has to take note that we are done with it. */
const FAREWELL_MS = 1_000

export interface ConnectionSettings {
  readonly name: string
  readonly level: Level
  /** A client that neither finishes a command nor takes its answer for so long is disconnected. */
  readonly idleMs: number
  /** Answers a command, and never throws. */
  execute(words: readonly string[], client: Client): Promise<Answer>
}

export class Connection implements Client {
  readonly name: string
  level: Level
  severity: SeverityOutput = 'none'
  idleMs: number
  prompting = false
  quitting = false
  private readonly reader = new CommandReader()
  private readonly input: AsyncIterator<Buffer>
  /** The next bytes, when they were asked for and not taken yet. */
  private coming: Promise<IteratorResult<Buffer>> | undefined
  private patience: NodeJS.Timeout | undefined

  /** @param socket owned from now on; it must allow half-open, since a client may end its side before the answer */
  constructor(
    private readonly socket: Socket,
    private readonly settings: ConnectionSettings,
  ) {
    this.name = settings.name
    this.level = settings.level
    this.idleMs = settings.idleMs
    this.input = socket.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]()
  }

  /** Ends with the connection; never throws. */
  async serve(): Promise<void> {
    try {
      this.beginWaiting()
      for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) {
        this.reader.push(chunk)
        await this.answerAll()
        if (this.quitting || this.socket.destroyed) break
        this.beginWaiting()
      }
    } catch {
      // the client is gone: nobody is left to be told
    } finally {
      clearTimeout(this.patience)
      // what still comes must flow away; nobody waits for it unless the client is gone
      if (!this.coming) await this.input.return?.()
      sayGoodbye(this.socket)
    }
  }

  /** Undefined when the client ended its side. */
  private async read(): Promise<Buffer | undefined> {
    const { done, value } = await this.peek()
    this.coming = undefined
    return done ? undefined : value
  }

  private peek(): Promise<IteratorResult<Buffer>> {
    this.coming ??= this.input.next()
    return this.coming
  }

  private async answerAll(): Promise<void> {
    for (let read = this.reader.next(); read !== undefined; read = this.reader.next()) {
      clearTimeout(this.patience)
      // a long `;` list takes its turn with everybody else
      await nextTurn()
      if (read === 'payload') await this.send(this.prompting ? '+ ' : '')
      else await this.answer(read.command)
      if (this.quitting || this.socket.destroyed) return
    }
    if (this.reader.isTooLong) {
      this.quitting = true
      await this.send(`Line too long: a command has at most ${COMMAND_LIMIT} bytes.\n\n`)
    }
  }

  private async answer(command: string): Promise<void> {
    const { text, follow } = await this.settings.execute(wordsOf(command), this)
    if (this.quitting) return
    if (follow) await this.keepTelling(text, follow)
    await this.send(`${follow ? '' : text}${this.prompting ? '\n> ' : '\n'}`)
    // one-shot mode: HAProxy goes on only with what already came
    if (!this.prompting && this.reader.isEmpty) this.quitting = true
  }

  /** Ends when the client says anything, ends its side or is gone. */
  private async keepTelling(text: string, follow: NonNullable<Answer['follow']>): Promise<void> {
    await this.send(text)
    const stop = new AbortController()
    if (!this.reader.isEmpty) stop.abort()
    const stopNow = () => stop.abort()
    this.peek().then(stopNow, stopNow)
    for await (const more of follow(stop.signal)) await this.send(more)
  }

  /** Done when the client took it; a client that does not is disconnected. */
  private async send(text: string): Promise<void> {
    if (text === '') return
    this.beginWaiting()
    await new Promise<void>((resolve) => this.socket.write(text, () => resolve()))
    clearTimeout(this.patience)
  }

  private beginWaiting(): void {
    clearTimeout(this.patience)
    this.patience = setTimeout(() => this.socket.destroy(), this.idleMs)
  }
}

/** Ends our side and reads on for a moment: closing over unread input would take the last answer from the client. */
export function sayGoodbye(socket: Socket): void {
  if (socket.destroyed) return
  const timer = setTimeout(() => socket.destroy(), FAREWELL_MS)
  socket.once('close', () => clearTimeout(timer))
  socket.end()
  socket.resume()
}
