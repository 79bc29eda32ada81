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
import type { Turns } from './turns.js'
import { wordsOf } from './words.js'

/** How long a client has to take note that we are done with it. */
const FAREWELL_MS = 1_000

/**
 * While a command takes its time, nothing else is written that would tell that the client has gone: one that only ended its
 * side looks the same and still wants its answer.
 */
const POKE_EVERY_MS = 1_000
const NOTHING = Buffer.alloc(0)

/** Characters of replies that are kept back at most. */
const UNSENT_LIMIT = 16_384

export interface ConnectionSettings {
  readonly name: string
  readonly level: Level
  /** A client that neither finishes a command nor takes its answer for so long is disconnected. */
  readonly idleMs: number
  /** Shared by all clients. */
  readonly turns: Turns
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
  private readonly hangUp = new AbortController()
  readonly gone = this.hangUp.signal
  private readonly reader = new CommandReader()
  private readonly input: AsyncIterator<Buffer>
  /** The next bytes, when they were asked for and not taken yet. */
  private coming: Promise<IteratorResult<Buffer>> | undefined
  private patience: NodeJS.Timeout | undefined
  /** Replies that leave together, as HAProxy's do: some clients take a prompt at the end of a packet for the last one. */
  private unsent = ''

  /** @param socket owned from now on; it must allow half-open, since a client may end its side before the answer */
  constructor(
    private readonly socket: Socket,
    private readonly settings: ConnectionSettings,
  ) {
    this.name = settings.name
    this.level = settings.level
    this.idleMs = settings.idleMs
    socket.once('close', () => this.hangUp.abort())
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
    let isFirst = true
    for (let read = this.reader.next(); read !== undefined; read = this.reader.next()) {
      clearTimeout(this.patience)
      if (!isFirst) await this.settings.turns.take()
      if (this.socket.destroyed) break
      isFirst = false
      if (read === 'payload') this.unsent += this.prompting ? '+ ' : ''
      else await this.answer(read.command)
      if (this.unsent.length > UNSENT_LIMIT) await this.flush()
      if (this.quitting || this.socket.destroyed) break
    }
    if (this.reader.isTooLong) {
      this.quitting = true
      this.unsent += `Line too long: a command has at most ${COMMAND_LIMIT} bytes.\n\n`
    }
    await this.flush()
  }

  private async answer(command: string): Promise<void> {
    const { text, follow } = await this.patiently(this.settings.execute(wordsOf(command), this))
    if (this.quitting) return
    if (follow) await this.keepTelling(text, follow)
    this.unsent += `${follow ? '' : text}${this.prompting ? '\n> ' : '\n'}`
    // one-shot mode: HAProxy goes on only with what already came
    if (!this.prompting && this.reader.isEmpty) this.quitting = true
  }

  /** Replies to a `;` list leave together, but none waits for a command that takes its time. */
  private async patiently(running: Promise<Answer>): Promise<Answer> {
    const isDone = await Promise.race([running.then(() => true), nextTurn().then(() => false)])
    if (isDone) return running
    await this.flush()
    // a unix socket that nobody holds at the other end refuses even an empty write; TCP has no such way to ask
    const poking = setInterval(() => this.socket.write(NOTHING), POKE_EVERY_MS)
    return running.finally(() => clearInterval(poking))
  }

  /** Ends when the client says anything, ends its side or is gone. */
  private async keepTelling(text: string, follow: NonNullable<Answer['follow']>): Promise<void> {
    this.unsent += text
    await this.flush()
    const stop = new AbortController()
    if (!this.reader.isEmpty) stop.abort()
    const stopNow = () => stop.abort()
    this.peek().then(stopNow, stopNow)
    for await (const more of follow(stop.signal)) {
      this.unsent += more
      await this.flush()
    }
  }

  /** Done when the client took it; a client that does not is disconnected. */
  private async flush(): Promise<void> {
    if (this.unsent === '') return
    const text = this.unsent
    this.unsent = ''
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
