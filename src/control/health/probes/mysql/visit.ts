/** One probe's visit to a server, from its greeting to the good-bye. */
import type { ConnectionOptions } from 'node:tls'
import { formatAddress } from '../../../../core/address.js'
import type { Conversation } from '../conversation.js'
import type { Attempt, Finding } from '../probe.js'
import { quote } from '../quote.js'
import { Client, type Mysql2, Nonsense, Refused } from './client.js'
import { type Greeting, readGreeting } from './greeting.js'
import { type Answers, Interview } from './interview.js'
import { NOBODY } from './login-packets.js'
import { PacketStream } from './packet-stream.js'
import { isNoWayIn, type Refusal, refused } from './refusal.js'
import type { MysqlProbeSettings } from './settings.js'

/** What was read from files before. */
export interface Means {
  readonly mysql2: Mysql2
  readonly password: string | undefined
  readonly tls: ConnectionOptions | undefined
  /** Over TLS a password may be sent as it is, where the server asks for that; not to whom a certificate need not name. */
  readonly isTrusted: boolean
}

export class Visit {
  private readonly at: string
  private readonly user: string
  private readonly stream: PacketStream
  private client: Client | undefined
  private greeting: Greeting | undefined
  private isLoggedIn = false

  constructor(
    private readonly attempt: Attempt<MysqlProbeSettings>,
    private readonly conversation: Conversation,
    private readonly means: Means,
  ) {
    this.at = formatAddress(attempt.target)
    this.user = attempt.settings.user ?? NOBODY
    this.stream = new PacketStream(conversation, means.tls, this.at)
  }

  /** Whether TLS could have made a difference: nobody else can tell a wrong password from an account that requires TLS. */
  get mayNeedTls(): boolean {
    return this.greeting?.hasTls === true && this.means.tls === undefined
  }

  /** Throws `Found`, or an error of the socket. */
  async make(): Promise<Finding> {
    try {
      const greeting = await this.awaitGreeting()
      const client = await this.logIn()
      const { attempt, conversation, at } = this
      const interview = new Interview(client, conversation, greeting, at, attempt.timeoutMs, attempt.step)
      return this.passed(await interview.hold(attempt.settings))
    } catch (error) {
      if (error instanceof Refused) return this.refused(error.refusal)
      if (error instanceof Nonsense) return this.nonsense(error)
      throw error
    } finally {
      if (this.greeting) await this.leave()
    }
  }

  private async awaitGreeting(): Promise<Greeting> {
    this.conversation.asks('the connect')
    const packet = await Promise.race([this.stream.failed, this.stream.greeting])
    const greeting = readGreeting(packet)
    if (!greeting) {
      const words = `${this.at} does not speak MySQL: it says ${quote(packet)}`
      throw this.conversation.found('L7RSP', 'garbage', words)
    }
    if ('errno' in greeting) throw new Refused(greeting)
    this.attempt.step(`greeted by ${nameOf(greeting)}`)
    this.greeting = greeting
    if (this.means.tls && !greeting.hasTls) {
      throw this.conversation.found('L6RSP', 'tls-refused', `${this.at} takes no TLS: its server has none configured`)
    }
    return greeting
  }

  private async logIn(): Promise<Client> {
    this.conversation.asks('the login')
    const { mysql2, password, isTrusted } = this.means
    const { database } = this.attempt.settings
    this.client = new Client(mysql2, this.stream, { user: this.user, password, database, isTrusted })
    await this.client.login()
    this.isLoggedIn = true
    this.attempt.step(`logged in as ${this.user}`)
    return this.client
  }

  /** Who greeted us is not left without a word, or it is counted against this machine. */
  private async leave(): Promise<void> {
    if (this.isLoggedIn) this.client?.quit()
    await this.stream.leave(this.greeting?.hasTls ? 'certificate' : 'tls-refused')
  }

  private passed({ database, words }: Answers): Finding {
    const by = this.greeting ? ` (${nameOf(this.greeting)})` : ''
    const finding = { passed: true, code: 'L7OK', reason: 'passed', words: `${this.at} is ${words}${by}` } as const
    return database ? { ...finding, database } : finding
  }

  private refused(refusal: Refusal): Finding {
    const hasPassword = this.attempt.settings.password !== undefined
    if (!this.isLoggedIn && !hasPassword && isNoWayIn(refusal)) {
      const words = `${this.at} is alive, its role unknown: it refuses ${this.user}, who has no password (error ${refusal.errno})`
      return { passed: true, code: 'L7OK', reason: 'passed', words }
    }
    return refused(refusal, {
      at: this.at,
      question: this.conversation.asked,
      isLogin: !this.isLoggedIn,
      hasPassword,
      foreignPlugin: this.stream.foreignPlugin,
    })
  }

  private nonsense({ message }: Error): Finding {
    const words = `${this.at} answered ${this.conversation.asked} in a way that makes no sense (${message})`
    return { passed: false, code: 'L7RSP', reason: 'garbage', words }
  }
}

function nameOf({ isMariaDB, version }: Greeting): string {
  return `${isMariaDB ? 'MariaDB' : 'MySQL'} ${version}`
}
