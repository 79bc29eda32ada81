/** A client of the soak on one connection: asks, and checks every byte of each answer. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { hiddenReset } from '../../../src/dataplane/portable/hidden-reset.js'
import { isPiece } from '../pattern.js'
import { encodeRequest, type Request } from '../request.js'
import { sendPattern } from '../send-pattern.js'
import type { Fault, Tally } from '../tally.js'

/** A session that did not go as both sides wished. */
export class Failure extends Error {
  constructor(
    readonly fault: Fault,
    message: string,
  ) {
    super(message)
  }
}

const ANSWER_WITHIN_MS = 60_000

export interface Manners {
  /** Stops reading for this long in the middle of the answer. */
  readonly stallMs?: number
  /** Resets the connection when half of the answer has come. */
  readonly resetsAtHalf?: boolean
}

interface Expected {
  readonly request: Request
  readonly manners: Manners
  got: number
  isSent: boolean
  resolve(): void
  reject(error: Error): void
}

export class Conversation {
  private expected: Expected | undefined
  private hasEnded = false

  private constructor(
    private readonly socket: Socket,
    private readonly tally: Tally,
  ) {
    socket.setNoDelay()
    socket.on('data', (bytes) => this.receive(bytes))
    socket.on('end', () => this.ended())
    socket.on('error', ({ message }) => this.failed(message))
  }

  static async open(port: number, tally: Tally): Promise<Conversation> {
    const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect').catch((error: Error) => {
      throw new Failure('cut', error.message)
    })
    tally.sessions++
    return new Conversation(socket, tally)
  }

  /** Resolves when all is sent and the whole answer has come and is right, or the manners are carried out. */
  async ask(request: Request, manners: Manners = {}): Promise<void> {
    const late = setTimeout(
      () => this.fail(new Failure('cut', `no answer for a minute in mode ${request.mode}`)),
      ANSWER_WITHIN_MS,
    )
    try {
      await new Promise<void>((resolve, reject) => {
        this.expected = { request, manners, got: 0, isSent: false, resolve, reject }
        this.send(this.expected)
      })
      this.tally.requests++
    } finally {
      clearTimeout(late)
    }
  }

  private send(expected: Expected): void {
    const { socket } = this
    const { request } = expected
    socket.cork()
    socket.write(encodeRequest(request))
    sendPattern(socket, request.seed, request.up, () => {
      expected.isSent = true
      if (request.mode === 'answer-after-end') socket.end()
      this.settle(expected)
    })
    socket.uncork()
  }

  private receive(bytes: Buffer): void {
    const { expected } = this
    if (expected === undefined) return this.fail(new Failure('mismatches', 'bytes that nobody asked for'))
    const { seed, down, mode } = expected.request
    if (expected.got + bytes.length > down || !isPiece(bytes, seed + 1, expected.got)) {
      return this.fail(new Failure('mismatches', `an answer in mode ${mode}, at byte ${expected.got} of ${down}`))
    }
    const wasBeforeHalf = expected.got < down / 2
    expected.got += bytes.length
    this.tally.bytes += bytes.length
    if (wasBeforeHalf && expected.got >= down / 2) this.half(expected)
    this.settle(expected)
  }

  private settle(expected: Expected): void {
    if (expected.isSent && expected.got === expected.request.down) this.done(expected)
  }

  private half({ manners: { stallMs, resetsAtHalf } }: Expected): void {
    if (resetsAtHalf) {
      const { expected } = this
      this.expected = undefined
      this.socket.resetAndDestroy()
      expected?.resolve()
    } else if (stallMs !== undefined) {
      this.socket.pause()
      setTimeout(() => this.socket.resume(), stallMs)
    }
  }

  private done(expected: Expected): void {
    this.expected = undefined
    expected.resolve()
  }

  private ended(): void {
    const reset = hiddenReset(this.socket)
    if (reset !== undefined) return this.failed(reset)
    this.hasEnded = true
    const mode = this.expected?.request.mode
    if (mode === 'half-and-reset') this.fail(new Failure('falseEnds', 'a reset of the server came as an orderly end'))
    else if (mode !== undefined) this.fail(new Failure('falseEnds', `ended in the middle of an answer in mode ${mode}`))
  }

  /** Of a server that resets, this is the answer. */
  private failed(why: string): void {
    const { expected } = this
    if (expected?.request.mode === 'half-and-reset') this.done(expected)
    else this.fail(new Failure('cut', `${why} in mode ${expected?.request.mode ?? 'none'}`))
  }

  private fail(error: Error): void {
    const { expected } = this
    this.expected = undefined
    this.socket.destroy()
    expected?.reject(error)
  }

  /** Ends our way, and waits for the other side's end if it has not come. */
  async end(): Promise<void> {
    this.socket.end()
    if (!this.hasEnded && !this.socket.destroyed) {
      await once(this.socket, 'end', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch((error: Error) => {
        throw new Failure('cut', `${error.message} instead of an end`)
      })
    }
  }

  reset(): void {
    this.socket.resetAndDestroy()
  }
}
