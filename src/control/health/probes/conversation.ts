/**
 * One connection of a probe, plain or TLS, from the connect to the end: opened, talked over, closed in order. However it
 * ends, by an answer, a reset, silence or the time, it is a finding with a reason of its own.
 */
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { formatAddress } from '../../../core/address.js'
import { formatDuration } from '../../../core/duration.js'
import type { ProbeCode } from '../../registry/server.js'
import type { Attempt, Finding } from './probe.js'
import type { ProbeReason } from './reasons.js'
import { socketFailure } from './socket-failure.js'
import { tlsFailure } from './tls-failure.js'
import { type TlsSettings, tlsOptions } from './tls-options.js'

/** Thrown while talking: this is what the probe found. */
export class Found extends Error {
  constructor(readonly finding: Finding) {
    super(finding.words)
  }
}

type Phase = 'connect' | 'handshake' | 'talk'

/**
 * Connects, with TLS where there are settings for it, and talks. `talk` may throw `Found`, or let the errors of the socket
 * through. Settles at once when the attempt is over.
 */
export function converse(
  attempt: Attempt<unknown>,
  tls: TlsSettings | undefined,
  talk: (conversation: Conversation) => Promise<Finding>,
): Promise<Finding> {
  const conversation = new Conversation(attempt)
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      resolve(conversation.overdue())
      conversation.destroy()
    }
    if (attempt.signal.aborted) return giveUp()
    attempt.signal.addEventListener('abort', giveUp, { once: true })
    conversation.onClosed(() => attempt.signal.removeEventListener('abort', giveUp))
    conversation.hold(tls, talk).then(resolve, reject)
  })
}

export class Conversation {
  private phase: Phase = 'connect'
  private opened: Socket | undefined
  private closed = () => {}
  private question = ''
  private late: ProbeReason = 'no-answer'
  private isAnswering = false
  private readonly at: string

  constructor(private readonly attempt: Attempt<unknown>) {
    this.at = formatAddress(attempt.target)
  }

  /** Only while talking. */
  get socket(): Socket {
    if (!this.opened) throw new Error('not connected')
    return this.opened
  }

  /** What was asked last. */
  get asked(): string {
    return this.question
  }

  /**
   * The server now owes an answer to this: for the words, should it not come.
   * @param late the reason then
   */
  asks(question: string, late: ProbeReason = 'no-answer'): void {
    this.question = question
    this.late = late
    this.isAnswering = false
  }

  /** The answer has begun; or, in a protocol of messages, whether one has begun and not ended. */
  answers(isHalfway = true): void {
    this.isAnswering = isHalfway
  }

  /** The server ended the connection, whose answer is not whole. */
  ended(): Found {
    if (this.isAnswering) return this.found('L7RSP', 'truncated', `${this.half()}, then the end of the connection`)
    return this.found('L7RSP', 'closed', `${this.at} closed the connection without an answer to ${this.question}`)
  }

  found(code: ProbeCode, reason: ProbeReason, words: string): Found {
    return new Found({ passed: false, code, reason, words })
  }

  /** What is found when the time is up. */
  overdue(): Finding {
    const within = `within ${formatDuration(this.attempt.timeoutMs)}`
    if (this.phase === 'connect') {
      const words = `no answer from ${this.at} ${within}`
      return { passed: false, code: 'L4TOUT', reason: 'connect-timeout', words }
    }
    if (this.phase === 'handshake') {
      const words = `no answer to the TLS handshake from ${this.at} ${within}`
      return { passed: false, code: 'L6TOUT', reason: 'no-answer', words }
    }
    if (this.isAnswering) {
      return { passed: false, code: 'L7TOUT', reason: 'truncated', words: `${this.half()}, and no more ${within}` }
    }
    const words = `no answer to ${this.question} from ${this.at} ${within}`
    return { passed: false, code: 'L7TOUT', reason: this.late, words }
  }

  async hold(tls: TlsSettings | undefined, talk: (conversation: Conversation) => Promise<Finding>): Promise<Finding> {
    try {
      await this.open(tls)
      this.phase = 'talk'
      return await talk(this)
    } catch (error) {
      if (error instanceof Found) return error.finding
      // of a socket or of its TLS: what is thrown by ourselves is a Found
      return this.failure(error as NodeJS.ErrnoException)
    } finally {
      this.close()
    }
  }

  /** TLS from here on, over the connection that stands: for protocols that say a word in plain before it. */
  async secure(options: ConnectionOptions): Promise<void> {
    this.phase = 'handshake'
    const { socket } = this
    // what became of it while files were read: a handshake over what is gone would wait until the time is up
    if (socket.errored) throw socket.errored
    if (socket.readableEnded || socket.destroyed) {
      throw this.found('L6RSP', 'closed', `${this.at} closed the connection before the TLS handshake`)
    }
    const secured = connectTls({ ...options, socket })
    this.opened = secured
    await new Promise<void>((resolve, reject) => {
      secured.on('error', reject)
      secured.once('close', () => reject(this.ended()))
      secured.once('secureConnect', () => this.secured(secured, resolve))
    })
    this.phase = 'talk'
  }

  onClosed(run: () => void): void {
    this.closed = run
  }

  destroy(): void {
    this.opened?.destroy()
  }

  /** Our FIN first; what the server still says is read until its own, lest a reset is sent. */
  private close(): void {
    if (!this.opened || this.opened.destroyed) this.closed()
    else this.opened.once('close', this.closed).resume().end()
  }

  private async open(tls: TlsSettings | undefined): Promise<void> {
    const { signal } = this.attempt
    const secure = tls && (await tlsOptions(tls, this.attempt))
    if (secure && !secure.ok) throw new Found(secure.finding)
    if (signal.aborted) throw new Found(this.overdue())
    const socket = secure ? connectTls({ ...secure.options, ...this.where() }) : connect(this.where())
    this.opened = socket
    await new Promise<void>((resolve, reject) => {
      // for as long as it lives: an error after the finding changes nothing
      socket.on('error', reject)
      socket.once('close', () => reject(this.ended()))
      socket.once('connect', () => this.connected(secure !== undefined, resolve))
      socket.once('secureConnect', () => this.secured(socket as TLSSocket, resolve)) // only a TLS socket says so
    })
  }

  private where(): TcpNetConnectOpts {
    const { target, source } = this.attempt
    // Node's types of tls.connect want a port beside the path too, Node does not
    if (target.family === 'unix') return { path: target.path } as unknown as TcpNetConnectOpts
    const { host, port } = target
    return source ? { host, port, localAddress: source.host } : { host, port }
  }

  private connected(isSecure: boolean, ready: () => void): void {
    this.attempt.step('connected')
    if (isSecure) this.phase = 'handshake'
    else ready()
  }

  private secured(socket: TLSSocket, ready: () => void): void {
    this.attempt.step(`TLS handshake done: ${socket.getProtocol() ?? 'TLS'}`)
    ready()
  }

  private failure(error: NodeJS.ErrnoException): Finding {
    const { target } = this.attempt
    if (this.phase === 'connect') return socketFailure(error, target)
    return tlsFailure(error, target) ?? this.broken(error)
  }

  /** A connection that stood, and broke. */
  private broken(error: NodeJS.ErrnoException): Finding {
    const { code } = socketFailure(error, this.attempt.target)
    if (code === 'SOCKERR') return socketFailure(error, this.attempt.target)
    const layer = this.phase === 'handshake' ? 'L6RSP' : 'L7RSP'
    const during = this.phase === 'handshake' ? 'during the TLS handshake' : `in place of an answer to ${this.question}`
    // so Node says of a FIN during the handshake
    const isFin = error.message.includes('before secure TLS connection')
    const words = isFin ? `${this.at} closed the connection` : `connection reset by ${this.at}`
    return { passed: false, code: layer, reason: isFin ? 'closed' : 'reset', words: `${words} ${during}` }
  }

  private half(): string {
    return `half an answer to ${this.question} from ${this.at}`
  }
}
