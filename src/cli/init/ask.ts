/** Questions on a terminal, each asked again until its answer can be read. */
import type { Interface } from 'node:readline/promises'
import type { Parsed } from '../../core/address.js'
import { Failure } from '../failure.js'
import type { Io } from '../io.js'
import type { Database, InitServer } from './database.js'
import { type Field, parseServer } from './fields.js'

export class Asker {
  private readonly lines: AsyncIterator<string>

  private constructor(
    private readonly reader: Interface,
    private readonly io: Io,
  ) {
    // lines that are pasted together wait for their questions
    this.lines = reader[Symbol.asyncIterator]()
  }

  static async open(io: Io): Promise<Asker> {
    const { createInterface } = await import('node:readline/promises')
    if (!io.stdin) throw new Failure('there is no terminal to ask on')
    // the terminal itself shows what is typed, and lets it be corrected up to Enter
    return new Asker(createInterface({ input: io.stdin, terminal: false }), io)
  }

  close(): void {
    this.reader.close()
  }

  async field<T>({ question, byDefault, parse }: Field<T>): Promise<T> {
    return this.until(`${question} [${byDefault}]: `, (text) => parse(text || byDefault))
  }

  /** One at least. */
  async servers(database: Database): Promise<readonly InitServer[]> {
    this.io.stdout.write(`The servers, primary and replicas, as NAME=ADDRESS; an empty line ends.\n`)
    const servers: InitServer[] = []
    for (;;) {
      const names = servers.map(({ name }) => name)
      const read = (text: string): Parsed<InitServer | undefined> => {
        if (text === '' && servers.length > 0) return { ok: true, value: undefined }
        return parseServer(text, database, names)
      }
      const example = servers.length === 0 ? ` (such as r1=10.0.0.11:${database.port})` : ''
      const server = await this.until(`Server ${servers.length + 1}${example}: `, read)
      if (!server) return servers
      servers.push(server)
    }
  }

  async yes(question: string): Promise<boolean> {
    return this.until(`${question} [Y/n]: `, (text) => {
      if (/^(?:y(?:es)?)?$/i.test(text)) return { ok: true, value: true }
      return /^no?$/i.test(text) ? { ok: true, value: false } : { ok: false, expected: 'y or n' }
    })
  }

  private async until<T>(prompt: string, read: (text: string) => Parsed<T>): Promise<T> {
    for (;;) {
      const result = read((await this.line(prompt)).trim())
      if (result.ok) return result.value
      this.io.stdout.write(`  expected ${result.expected}\n`)
    }
  }

  private async line(prompt: string): Promise<string> {
    this.io.stdout.write(prompt)
    const { value, done } = await this.lines.next()
    if (done) {
      this.io.stdout.write('\n')
      throw new Failure('no answer: nothing was written')
    }
    return value
  }
}
