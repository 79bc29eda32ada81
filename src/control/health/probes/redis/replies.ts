/** Commands to a Redis and their replies, over the connection of a probe. */
import type { Conversation, Found } from '../conversation.js'
import { quote } from '../quote.js'
import { reasonOf } from './refusal.js'
import { command, parseReply, RedisError, type Reply } from './resp.js'

/** Bytes of one reply. `INFO replication` has 100 for each replica. */
const LONGEST_REPLY = 65_536

/** Of what the server says, in the words. */
const LONGEST_QUOTE = 120

const LOGIN = 'AUTH'

/** One command after the other. What is thrown is `Found`, or the error of the socket. */
export class Replies {
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

  /** What the server says to it is in no words: one that knows no AUTH, or gives back what it gets, repeats the password. */
  async login(user: string | undefined, password: string): Promise<void> {
    const reply = await this.send(LOGIN, command('AUTH', ...(user === undefined ? [] : [user]), password))
    if (reply === 'OK') return
    const who = user === undefined ? '' : ` as ${user}`
    if (!(reply instanceof RedisError)) {
      throw this.conversation.found('L7RSP', 'wrong-answer', `an answer to the login${who} that is not OK`)
    }
    const reason = reasonOf(reply)
    const kind = reason === 'wrong-answer' ? '' : ` (${reply.kind})`
    const known = reason === 'wrong-answer' ? 'denied' : reason
    throw this.conversation.found('L7RSP', known, `the login${who} was refused${kind}`)
  }

  expect(reply: Reply, expected: string): void {
    if (reply === expected) return
    if (reply instanceof RedisError) throw this.refused(reply)
    const found = quote(Buffer.from(String(reply)))
    throw this.conversation.found('L7RSP', 'wrong-answer', `${found} in answer to ${this.question}`)
  }

  refused(error: RedisError): Found {
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

  private notRedis(): Found {
    const said = this.question === LOGIN ? '' : `: ${quote(this.bytes)}`
    return this.conversation.found('L7RSP', 'garbage', `not a reply of Redis to ${this.question}${said}`)
  }
}
