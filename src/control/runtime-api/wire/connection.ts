/**
 * One client of the stats socket: reads its commands, answers them one after the other, and is gone when it dawdles.
 * Nothing is read while an answer is under way, so a client costs at most one answer and one buffer of input.
 */
import type { Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Client } from '../command.js'
import type { Level } from '../level.js'
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
  execute(words: readonly string[], client: Client): Promise<string>
}

export class Connection implements Client {
  readonly name: string
  readonly level: Level
  prompting = false
  quitting = false
  private readonly reader = new CommandReader()
  private patience: NodeJS.Timeout | undefined

  /** @param socket owned from now on; it must allow half-open, since a client may end its side before the answer */
  constructor(
    private readonly socket: Socket,
    private readonly settings: ConnectionSettings,
  ) {
    this.name = settings.name
    this.level = settings.level
  }

  /** Ends with the connection; never throws. */
  async serve(): Promise<void> {
    try {
      this.beginWaiting()
      for await (const chunk of this.socket.iterator({ destroyOnReturn: false })) {
        this.reader.push(chunk)
        await this.answerAll()
        if (this.quitting || this.socket.destroyed) break
        this.beginWaiting()
      }
    } catch {
      // the client is gone: nobody is left to be told
    } finally {
      clearTimeout(this.patience)
      sayGoodbye(this.socket)
    }
  }

  private async answerAll(): Promise<void> {
    for (let command = this.reader.next(); command !== undefined; command = this.reader.next()) {
      clearTimeout(this.patience)
      // a long `;` list takes its turn with everybody else
      await nextTurn()
      const reply = await this.settings.execute(wordsOf(command), this)
      if (this.quitting) return
      await this.send(`${reply}${this.prompting ? '\n> ' : '\n'}`)
      if (this.socket.destroyed) return
      // one-shot mode: HAProxy goes on only with what already came
      if (!this.prompting && this.reader.isEmpty) this.quitting = true
    }
    if (this.reader.isTooLong) {
      this.quitting = true
      await this.send(`Line too long: a command has at most ${COMMAND_LIMIT} bytes.\n\n`)
    }
  }

  /** Done when the client took it; a client that does not is disconnected. */
  private async send(text: string): Promise<void> {
    this.beginWaiting()
    await new Promise<void>((resolve) => this.socket.write(text, () => resolve()))
    clearTimeout(this.patience)
  }

  private beginWaiting(): void {
    clearTimeout(this.patience)
    this.patience = setTimeout(() => this.socket.destroy(), this.settings.idleMs)
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
