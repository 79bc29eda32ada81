/**
 * Stands between a server and the mysql2 package, which believes whatever it reads: only whole packets in the right order
 * get through. It also does what mysql2 leaves to others: TLS as for every other probe, and never to leave in the middle
 * of a login, which servers count against this machine until they let nobody from it in (`max_connect_errors`).
 */
import { Duplex } from 'node:stream'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { Conversation, Found } from '../conversation.js'
import { quote } from '../quote.js'
import type { ProbeReason } from '../reasons.js'
import { postponeVerdict } from './certificate.js'
import { anonymousLogin, answersTo, foreignPluginOf, overTls, tlsRequest } from './login-packets.js'
import { ERROR, HEADER_BYTES, OK, PacketReader, packet, SWITCH_PLUGIN } from './packets.js'

/** Bytes of all answers together: nobody who watches a server asks for so much. */
const LONGEST = 1_048_576

export class PacketStream extends Duplex {
  /** What was found, or the error of the socket: with it `failed` rejects. */
  failure: unknown
  readonly failed: Promise<never>
  readonly greeting: Promise<Buffer>
  /** A way to log in that neither mysql2 nor we know, which the server asked for. */
  foreignPlugin: string | undefined
  private readonly reader = new PacketReader(LONGEST)
  private bytes = 0
  private login: 'not greeted' | 'due' | 'sent' | 'asked for more' | 'over' = 'not greeted'
  /** Sequence number that the server's next packet must have. */
  private due = 0
  /** By how much sequence numbers are ahead of what mysql2 believes, for the packets that it knows nothing of. */
  private ahead = 0
  /** Lengths of the answers that a foreign plugin still gets. */
  private answers: readonly number[] = []
  private isLeaving = false
  private isBroken = false
  /** Resolves when the server has let somebody in or not, or never will. */
  private readonly decided: Promise<void>
  private decide: () => void = () => {}
  private readonly onData = (chunk: Buffer) => this.receive(chunk)
  private readonly onEnd = () => this.fail(this.conversation.ended())
  private readonly onError = (error: Error) => this.fail(error)
  private greeted: (packet: Buffer) => void = () => {}
  private reject: (error: unknown) => void = () => {}

  constructor(
    private readonly conversation: Conversation,
    private readonly tls: ConnectionOptions | undefined,
    private readonly at: string,
  ) {
    super()
    this.greeting = new Promise((resolve) => {
      this.greeted = resolve
    })
    this.decided = new Promise((resolve) => {
      this.decide = resolve
    })
    this.failed = new Promise((_, reject) => {
      this.reject = reject
    })
    this.failed.catch(() => {}) // also when nobody waits just then
    this.on('error', () => {}) // as mysql2 does, which is not there from the start
    this.listen()
  }

  /**
   * To be called before the connection is closed: resolves when no login is left in the middle.
   * @param late what is found when the server does not let us go in time
   */
  async leave(late: ProbeReason): Promise<void> {
    const { socket } = this.conversation
    // mysql2 gave up: a wrong answer is enough
    if (this.login === 'asked for more') socket.write(packet(this.due, Buffer.alloc(0)))
    if (this.login !== 'due' || this.isBroken) return
    this.conversation.asks('the good-bye', late)
    socket.write(anonymousLogin(this.due))
    this.due += 1
    this.login = 'sent'
    this.isLeaving = true
    await this.decided
  }

  override _read(): void {
    // packets are pushed as they come: there are never many
  }

  /** mysql2 writes packet by packet. */
  override _write(written: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.send(written).then(() => done(), done)
  }

  /** The connection is the conversation's, which closes it. */
  override _final(done: () => void): void {
    done()
  }

  private async send(written: Buffer): Promise<void> {
    if (written[3] === 0) this.ahead = 0 // a command begins
    const isLogin = this.login === 'due'
    const payload = isLogin && this.tls ? await this.secure(this.tls, overTls(written)) : written
    if (!payload) return
    const sequence = (written[3] ?? 0) + this.ahead
    if (this.login !== 'over') this.login = 'sent'
    this.due = (sequence + 1) & 0xff
    this.conversation.socket.write(packet(sequence, payload.subarray(HEADER_BYTES)))
  }

  /** The login, when it may be sent. */
  private async secure(tls: ConnectionOptions, login: Buffer): Promise<Buffer | undefined> {
    const { socket } = this.conversation
    const { options, verdict } = postponeVerdict(tls)
    this.login = 'sent' // there is no polite way out of a TLS handshake
    socket.off('data', this.onData).off('end', this.onEnd).write(tlsRequest(login))
    try {
      await this.conversation.secure(options)
    } catch (error) {
      this.giveUp(error)
      throw error
    }
    this.listen()
    const doubt = verdict(this.conversation.socket as TLSSocket) // since just now
    if (doubt) {
      this.login = 'due'
      this.due = 2
      return this.giveUp(doubt)
    }
    this.ahead = 1
    return login
  }

  private giveUp(error: unknown): undefined {
    this.failure ??= error
    this.reject(error)
  }

  private listen(): void {
    const { socket } = this.conversation
    socket.on('data', this.onData).on('end', this.onEnd).on('error', this.onError)
  }

  private fail(error: Error): void {
    this.isBroken = true
    this.giveUp(error)
    this.decide()
    this.destroy(error)
  }

  private receive(chunk: Buffer): void {
    this.conversation.answers()
    this.bytes += chunk.length
    const packets = this.bytes > LONGEST ? undefined : this.reader.read(chunk)
    if (!packets) return this.fail(this.login === 'over' ? this.tooMuch() : this.garbage(chunk))
    for (const packet of packets) {
      if (this.isBroken) return
      if (this.login === 'not greeted') this.greet(packet)
      else this.pass(packet)
    }
  }

  private greet(packet: Buffer): void {
    this.login = 'due'
    this.due = 1
    this.greeted(packet)
    this.push(packet)
  }

  private pass(packet: Buffer): void {
    const [kind, sequence] = [packet[HEADER_BYTES], packet[3] ?? 0]
    // a server that shuts down says so out of turn
    if (sequence !== this.due && kind !== ERROR) return this.fail(this.garbage(packet))
    this.due = (this.due + 1) & 0xff
    if (this.login !== 'over' && this.isForeign(packet)) return
    if (kind === OK || kind === ERROR) {
      this.login = 'over'
      this.decide()
    }
    packet[3] = (this.due - 1 - this.ahead) & 0xff
    if (!this.isLeaving) this.push(packet)
  }

  /** Is this between the server and us? Then it is answered. */
  private isForeign(question: Buffer): boolean {
    const kind = question[HEADER_BYTES]
    if (kind === OK || kind === ERROR) return false
    this.login = 'asked for more'
    if (kind === SWITCH_PLUGIN) {
      this.foreignPlugin = foreignPluginOf(question)
      this.answers = answersTo(this.foreignPlugin)
    }
    if (this.foreignPlugin === undefined && !this.isLeaving) return false
    const [length = 0, ...later] = this.answers
    this.answers = later
    this.conversation.socket.write(packet(this.due, Buffer.alloc(length)))
    this.due = (this.due + 1) & 0xff
    this.ahead += 2
    return true
  }

  private garbage(bytes: Uint8Array): Found {
    return this.conversation.found('L7RSP', 'garbage', `${this.at} does not speak MySQL: it says ${quote(bytes)}`)
  }

  private tooMuch(): Found {
    return this.conversation.found('L7RSP', 'query-failed', `${this.at} answers with more than ${LONGEST} bytes`)
  }
}
