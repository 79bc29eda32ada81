/** The stream that the `pg` client talks over, in place of a socket: the connection stands already, and is watched. */
import { Duplex } from 'node:stream'
import { formatAddress } from '../../../../core/address.js'
import type { Conversation } from '../conversation.js'
import type { Attempt } from '../probe.js'
import { Messages, Unfit } from './messages.js'

export class Channel extends Duplex {
  /** Rejects with what became of the connection: `Found`, or an error of the socket. */
  readonly broken: Promise<never>
  private readonly messages = new Messages()
  private readonly at: string
  private breakOff: (why: unknown) => void = () => {}

  constructor(
    private readonly conversation: Conversation,
    { target }: Attempt<unknown>,
  ) {
    super()
    this.at = formatAddress(target)
    this.broken = new Promise((_, reject) => {
      this.breakOff = reject
    })
    this.broken.catch(() => this.destroy())
    const { socket } = conversation
    if (socket.destroyed) this.breakOff(conversation.ended())
    socket.on('data', (chunk: Buffer) => this.hear(chunk))
    socket.once('error', (error) => this.breakOff(error))
    socket.once('close', () => this.breakOff(conversation.ended()))
  }

  /** As `pg` calls it before it talks. */
  connect(): this {
    process.nextTick(() => this.emit('connect'))
    return this
  }

  setNoDelay(): this {
    this.conversation.socket.setNoDelay(true)
    return this
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.conversation.socket.write(chunk)
    done()
  }

  /** What there is to read is given by `hear`. */
  override _read(): void {}

  private hear(chunk: Buffer): void {
    if (this.destroyed) return
    try {
      const whole = this.messages.take(chunk)
      this.conversation.answers(this.messages.isHalfway)
      // not `push`: what the parser throws would come out where nobody can catch it
      if (whole.length > 0) this.emit('data', whole)
    } catch (error) {
      const { reason, message } =
        error instanceof Unfit ? error : new Unfit('garbage', `breaks PostgreSQL's protocol: ${String(error)}`)
      this.breakOff(this.conversation.found('L7RSP', reason, `${this.at} ${message}`))
    }
  }
}
