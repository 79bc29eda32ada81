/** A session that the `pg` client holds over a conversation: logged in, asked, left in order. */
import type { Client } from 'pg'
import { formatAddress } from '../../../../core/address.js'
import { type Conversation, Found } from '../conversation.js'
import { oneLine } from '../one-line.js'
import type { Attempt } from '../probe.js'
import { Channel } from './channel.js'
import { Refusal } from './refusal.js'

export interface Identity {
  readonly user: string
  readonly password: string | undefined
  readonly database: string
}

export type Row = readonly unknown[]

export class Session {
  private readonly channel: Channel
  private readonly at: string
  private open: Client | undefined

  constructor(
    private readonly conversation: Conversation,
    attempt: Attempt<unknown>,
    private readonly identity: Identity,
  ) {
    this.channel = new Channel(conversation, attempt)
    this.at = formatAddress(attempt.target)
  }

  /**
   * Logs in, lets it be used, and says good-bye whatever comes of it; who holds the conversation closes it. Throws
   * `Refusal` when the server lets nobody in, `Found` for all else.
   */
  async use<T>(run: () => Promise<T>): Promise<T> {
    const client = await this.client()
    this.conversation.asks('the login')
    await this.during(client.connect())
    this.open = client
    try {
      return await run()
    } finally {
      if (!this.channel.destroyed) client.end().catch(() => {})
    }
  }

  /**
   * Rows of its last statement, as arrays. Throws as `use`.
   * @param what names it in words
   */
  async query(what: string, text: string): Promise<readonly Row[]> {
    if (!this.open) throw new Error('not logged in')
    this.conversation.asks(what, 'query-timeout')
    const result: unknown = await this.during(this.open.query({ text, rowMode: 'array' }))
    // an array of results where the text has several statements, which the types of pg leave out
    const last = (Array.isArray(result) ? result.at(-1) : result) as { readonly rows: readonly Row[] }
    return last.rows
  }

  private async client(): Promise<Client> {
    const { Client } = await import('pg') // 80 ms, once, that only those who use it wait for
    const { user, database } = this.identity
    const client = new Client({
      user,
      database,
      password: () => this.password(),
      // else `pg` takes them from PG… variables of the environment; TLS stands already
      ssl: false,
      sslnegotiation: 'postgres',
      application_name: 'headgate',
      stream: () => this.channel,
    })
    return client.on('error', () => {}) // whoever waits hears of it another way
  }

  private password(): string {
    const { user, password } = this.identity
    if (password !== undefined) return password
    const words = `${this.at} asks ${user} for a password, and the check has none`
    throw this.conversation.found('L7RSP', 'wrong-password', words)
  }

  /** The connection may end while the client waits. */
  private async during<T>(answer: Promise<T>): Promise<T> {
    try {
      return await Promise.race([answer, this.channel.broken])
    } catch (error) {
      throw this.meaning(error)
    }
  }

  /** Errors of sockets are of a system call, those of TLS of a library; neither is `pg`'s. */
  private meaning(error: unknown): unknown {
    if (!(error instanceof Error) || error instanceof Found || 'syscall' in error || 'library' in error) return error
    const words = this.clean(error.message)
    const state = 'severity' in error && 'code' in error ? error.code : undefined
    if (typeof state === 'string') return new Refusal(state, words)
    return this.conversation.found('L7RSP', 'wrong-answer', `${this.at}: ${words}`)
  }

  /** A server that asks for the password in clear could repeat it. */
  private clean(words: string): string {
    const { password } = this.identity
    return oneLine(Buffer.from(password === undefined ? words : words.replaceAll(password, '***')))
  }
}
