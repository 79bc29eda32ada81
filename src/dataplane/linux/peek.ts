/** Looking at a stream's first bytes while they stay in the kernel, so that whoever relays it later finds them there. */
import { MSG_PEEK } from '../../native/constants.js'
import { EAGAIN } from '../../native/errno-name.js'
import { errno, recv } from '../../native/libc.js'
import { Region } from '../../native/region.js'
import type { Cancel, Judge } from '../engine.js'
import type { EventLoop, Task } from './event-loop.js'
import type { StreamOwner, TcpStream } from './tcp-stream.js'

const MOST_BYTES = 4096
const buffer = new Region(MOST_BYTES)

export function peek<Verdict>(
  loop: EventLoop,
  stream: TcpStream,
  most: number,
  judge: Judge<Verdict>,
  onVerdict: (verdict: Verdict) => void,
): Cancel {
  if (most > MOST_BYTES) throw new RangeError(`linux engine: peek of ${most} bytes, ${MOST_BYTES} at most`)
  const peeking = new Peeking(stream, most, judge, onVerdict)
  stream.owner = peeking
  stream.wasPeeked = true
  // what came before is not told again
  if (stream.isReadable || stream.hasFailed) loop.later(peeking)
  return () => peeking.stop()
}

class Peeking<Verdict> implements StreamOwner, Task {
  private seen = 0

  constructor(
    private readonly stream: TcpStream,
    private readonly most: number,
    private readonly judge: Judge<Verdict>,
    private readonly onVerdict: (verdict: Verdict) => void,
  ) {}

  run(): void {
    if (this.stream.owner === this) this.onReady(this.stream)
  }

  onReady(stream: TcpStream): void {
    if (stream.hasFailed) return this.lost()
    if (!stream.isReadable) return
    const got = recv(stream.fd, buffer.address, this.most, MSG_PEEK)
    if (got < 0 && errno() !== EAGAIN) return this.lost()
    if (got < 0) stream.isReadable = false
    else if (got > this.seen || stream.isHangingUp) this.ask(got)
  }

  private ask(got: number): void {
    this.seen = got
    const verdict = this.judge(buffer.bytes.subarray(0, got), this.stream.isHangingUp)
    if (verdict === undefined) return
    this.stop()
    this.onVerdict(verdict)
  }

  private lost(): void {
    this.stop()
    this.stream.gone()
  }

  stop(): void {
    if (this.stream.owner === this) this.stream.owner = undefined
  }
}
