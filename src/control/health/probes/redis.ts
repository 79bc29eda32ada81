/** Asks Redis (or what speaks its protocol) whether it serves, and which role it has. */
import { formatAddress } from '../../../core/address.js'
import { formatDuration } from '../../../core/duration.js'
import { type Conversation, converse } from './conversation.js'
import { type PasswordSource, readPassword } from './password.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import { quote } from './quote.js'
import { reasonOf } from './redis/refusal.js'
import { fromInfo, fromRole, type Replication, uptimeOf } from './redis/replication.js'
import { command, parseReply, RedisError, type Reply } from './redis/resp.js'
import type { TlsSettings } from './tls-options.js'
import { orTlsRequired } from './tls-required.js'

export interface RedisProbeSettings {
  readonly type: 'redis'
  /** Without a password it means nothing: Redis has no other way to log in. */
  readonly user?: string
  readonly password?: PasswordSource
  readonly tls?: TlsSettings | undefined
  /** A server that has run for less is not believed to be the primary; 0 believes it at once. */
  readonly primaryAfterMs: number
}

/** Bytes of one reply. `INFO replication` has 100 for each replica. */
const LONGEST_REPLY = 65_536

/** Of what the server says, in the words. */
const LONGEST_QUOTE = 120

/**
 * `PING` says whether it is loading or cannot save, `INFO replication` the role with position and lag in one document;
 * `ROLE` is for servers that allow this user no INFO.
 */
export const redis: ProbeDefinition<RedisProbeSettings> = {
  type: 'redis',
  summary: 'asks Redis whether it serves, for its role and how far it is behind',
  run: async (attempt) => {
    const { tls } = attempt.settings
    const finding = await converse(attempt, tls, (conversation) => talk(attempt, conversation))
    return tls ? finding : orTlsRequired(attempt, finding)
  },
}

async function talk(attempt: Attempt<RedisProbeSettings>, conversation: Conversation): Promise<Finding> {
  const { target, settings, step } = attempt
  const replies = new Replies(conversation)
  if (settings.password) {
    const secret = await readPassword(settings.password)
    if (typeof secret === 'object') return secret
    await replies.login(settings.user, secret)
    step(`logged in${settings.user === undefined ? '' : ` as ${settings.user}`}`)
  }
  replies.expect(await replies.ask('PING'), 'PONG')
  step('answered PING')
  const replication = await askReplication(replies)
  const at = formatAddress(target)
  if (!replication) throw conversation.found('L7RSP', 'wrong-answer', `${at} tells no role: is it a Sentinel?`)
  if ('unready' in replication) throw conversation.found('L7RSP', 'not-ready', `${at}: ${replication.unready}`)
  const { database } = replication
  if (database.role === 'primary') await believe(replies, conversation, attempt)
  step(`is a ${database.role}`)
  return { passed: true, code: 'L7OK', reason: 'passed', words: `${at} is a ${database.role}`, database }
}

/**
 * A former primary that comes back says that it is the primary until Sentinel tells it otherwise, 10 s later: two
 * primaries, of which none could be chosen. Who was promoted has run for long.
 */
async function believe(
  replies: Replies,
  conversation: Conversation,
  { target, settings: { primaryAfterMs } }: Attempt<RedisProbeSettings>,
): Promise<void> {
  if (primaryAfterMs === 0) return
  const info = await replies.ask('INFO', 'server')
  if (info instanceof RedisError) throw replies.refused(info)
  const seconds = typeof info === 'string' ? uptimeOf(info) : undefined
  if (seconds !== undefined && seconds * 1_000 >= primaryAfterMs) return
  const since = seconds === undefined ? 'at an unknown time' : `${seconds}s ago`
  const words = `${formatAddress(target)}: it started ${since} and says that it is the primary, which is believed after ${formatDuration(primaryAfterMs)}`
  throw conversation.found('L7RSP', 'not-ready', words)
}

async function askReplication(replies: Replies): Promise<Replication> {
  const info = await replies.ask('INFO', 'replication')
  if (typeof info === 'string') return fromInfo(info)
  const role = await replies.ask('ROLE')
  if (!(role instanceof RedisError)) return fromRole(role)
  throw replies.refused(role)
}

/** Commands and their replies, one after the other. */
class Replies {
  private bytes = Buffer.alloc(0)
  private question = ''
  private settle: { resolve(reply: Reply): void; reject(error: Error): void } | undefined

  constructor(private readonly conversation: Conversation) {
    const { socket } = conversation
    socket.on('data', (bytes: Buffer) => this.hear(bytes))
    socket.on('error', (error) => this.settle?.reject(error))
    socket.on('end', () => this.settle?.reject(conversation.ended()))
    socket.on('close', () => this.settle?.reject(conversation.ended()))
  }

  /** Resolves with an error reply too. */
  ask(...words: readonly string[]): Promise<Reply> {
    return this.send(words.join(' '), command(...words))
  }

  async login(user: string | undefined, password: string): Promise<void> {
    const reply = await this.send('AUTH', command('AUTH', ...(user === undefined ? [] : [user]), password))
    if (!(reply instanceof RedisError)) return this.expect(reply, 'OK')
    const reason = reasonOf(reply)
    // not the server's own words: those of a server that knows no AUTH repeat what it was sent
    const words = `the login${user === undefined ? '' : ` as ${user}`} was refused`
    throw this.conversation.found('L7RSP', reason === 'wrong-answer' ? 'denied' : reason, `${words} (${reply.kind})`)
  }

  expect(reply: Reply, expected: string): void {
    if (reply === expected) return
    if (reply instanceof RedisError) throw this.refused(reply)
    const found = quote(Buffer.from(String(reply)))
    throw this.conversation.found('L7RSP', 'wrong-answer', `${found} in answer to ${this.question}`)
  }

  refused(error: RedisError) {
    const text = quote(Buffer.from(error.text), LONGEST_QUOTE)
    const hint = error.kind === 'NOAUTH' ? 'password required: ' : ''
    return this.conversation.found('L7RSP', reasonOf(error), `${hint}${text} in answer to ${this.question}`)
  }

  private send(question: string, bytes: Buffer): Promise<Reply> {
    this.question = question
    this.conversation.asks(question)
    return new Promise((resolve, reject) => {
      const { socket } = this.conversation
      this.settle = { resolve, reject }
      // a server that refuses everybody has said so, and closed, before it was asked
      if (this.bytes.length > 0) this.hear(Buffer.alloc(0))
      else if (socket.readableEnded || socket.destroyed) reject(this.conversation.ended())
      else socket.write(bytes)
    })
  }

  private hear(bytes: Buffer): void {
    if (this.bytes.length < LONGEST_REPLY) this.bytes = Buffer.concat([this.bytes, bytes])
    if (!this.settle || this.bytes.length === 0) return
    this.conversation.answers()
    const parsed = parseReply(this.bytes)
    if (parsed === 'more' && this.bytes.length < LONGEST_REPLY) return
    const { resolve, reject } = this.settle
    this.settle = undefined
    if (typeof parsed === 'string') return reject(this.notRedis())
    this.bytes = this.bytes.subarray(parsed.length)
    resolve(parsed.reply)
  }

  private notRedis() {
    const said = quote(this.bytes)
    return this.conversation.found('L7RSP', 'garbage', `not a reply of Redis to ${this.question}: ${said}`)
  }
}
