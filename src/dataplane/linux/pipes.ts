/** Pipes that splice moves bytes through: kept while empty, bounded, and given up for a while when the system has none. */
import { F_GETPIPE_SZ, F_SETPIPE_SZ, O_CLOEXEC, O_NONBLOCK } from '../../native/constants.js'
import { close, fcntl, pipe2 } from '../../native/libc.js'
import { Region } from '../../native/region.js'

export interface Pipe {
  readonly readEnd: number
  readonly writeEnd: number
  readonly isLarge: boolean
}

/** Empty pipes of each size kept for the next user. */
const MOST_FREE = 32
/** What a new pipe holds: pipe(7). Past the user's share of pipe memory the kernel gives one of a page or two. */
const FULL_BYTES = 65_536
/**
 * A larger one moves what 16 of them do with two calls and one wake-up of the receiver instead of 16: a third less CPU.
 * The most that an unprivileged user may ask for (fs.pipe-max-size).
 */
const LARGE_BYTES = 1_048_576
/** Bytes wait in a pipe only for slow sinks, so a few serve all fast ones: a quarter of a user's share of pipe memory. */
const MOST_LARGE = 16
const TRY_AGAIN_MS = 1000

const pair = new Region(8)

export class Pipes {
  private readonly free: Pipe[] = []
  private readonly freeLarge: Pipe[] = []
  private inUse = 0
  private large = 0
  private noneBefore = 0
  private noLargeBefore = 0

  /** @param most pipes at the same time */
  constructor(private readonly most: number) {}

  /** An empty pipe, or undefined when there is none to be had now: send without it. */
  take(now: number): Pipe | undefined {
    const large = this.large < MOST_LARGE && now >= this.noLargeBefore
    const pipe =
      this.freeLarge.pop() ?? (large ? this.open(now, true) : undefined) ?? this.free.pop() ?? this.open(now, false)
    if (pipe !== undefined) this.inUse++
    return pipe
  }

  /** Takes an empty pipe back. */
  giveBack(pipe: Pipe): void {
    this.inUse--
    const free = pipe.isLarge ? this.freeLarge : this.free
    if (free.length < MOST_FREE) free.push(pipe)
    else this.close(pipe)
  }

  /** For one that still holds something. */
  discard(pipe: Pipe): void {
    this.inUse--
    this.close(pipe)
  }

  private open(now: number, large: boolean): Pipe | undefined {
    if (this.inUse >= this.most || now < this.noneBefore) return undefined
    const pipe = openPipe(large)
    if (pipe === undefined) this.noneBefore = now + TRY_AGAIN_MS
    else if (pipe.isLarge) this.large++
    else if (large) this.noLargeBefore = now + TRY_AGAIN_MS
    return pipe
  }

  private close({ readEnd, writeEnd, isLarge }: Pipe): void {
    if (isLarge) this.large--
    close(readEnd)
    close(writeEnd)
  }
}

function openPipe(large: boolean): Pipe | undefined {
  if (pipe2(pair.address, O_NONBLOCK | O_CLOEXEC) < 0) return undefined
  const [readEnd, writeEnd] = [pair.i32(0), pair.i32(4)]
  if (large && fcntl(readEnd, F_SETPIPE_SZ, LARGE_BYTES) >= LARGE_BYTES) return { readEnd, writeEnd, isLarge: true }
  if (fcntl(readEnd, F_GETPIPE_SZ, 0) >= FULL_BYTES) return { readEnd, writeEnd, isLarge: false }
  close(readEnd)
  close(writeEnd)
  return undefined
}
