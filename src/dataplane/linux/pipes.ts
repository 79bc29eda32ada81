/** Pipes that splice moves bytes through: kept while empty, bounded, and given up for a while when the system has none. */
import { F_GETPIPE_SZ, O_CLOEXEC, O_NONBLOCK } from '../../native/constants.js'
import { close, fcntl, pipe2 } from '../../native/libc.js'
import { Region } from '../../native/region.js'

export interface Pipe {
  readonly readEnd: number
  readonly writeEnd: number
}

/** Empty pipes kept for the next user. */
const MOST_FREE = 32
/** What a new pipe holds: pipe(7). Past the user's share of pipe memory the kernel gives one of a page or two. */
const FULL_BYTES = 65_536
const TRY_AGAIN_MS = 1000

const pair = new Region(8)

export class Pipes {
  private readonly free: Pipe[] = []
  private inUse = 0
  private noneBefore = 0

  /** @param most pipes at the same time */
  constructor(private readonly most: number) {}

  /** An empty pipe, or undefined when there is none to be had now: send without it. */
  take(now: number): Pipe | undefined {
    const pipe = this.free.pop() ?? this.open(now)
    if (pipe !== undefined) this.inUse++
    return pipe
  }

  /** Takes an empty pipe back. */
  giveBack(pipe: Pipe): void {
    this.inUse--
    if (this.free.length < MOST_FREE) this.free.push(pipe)
    else closeBoth(pipe)
  }

  /** For one that still holds something. */
  discard(pipe: Pipe): void {
    this.inUse--
    closeBoth(pipe)
  }

  private open(now: number): Pipe | undefined {
    if (this.inUse >= this.most || now < this.noneBefore) return undefined
    const pipe = openPipe()
    if (pipe === undefined) this.noneBefore = now + TRY_AGAIN_MS
    return pipe
  }
}

function openPipe(): Pipe | undefined {
  if (pipe2(pair.address, O_NONBLOCK | O_CLOEXEC) < 0) return undefined
  const pipe = { readEnd: pair.i32(0), writeEnd: pair.i32(4) }
  if (fcntl(pipe.readEnd, F_GETPIPE_SZ, 0) >= FULL_BYTES) return pipe
  closeBoth(pipe)
  return undefined
}

function closeBoth({ readEnd, writeEnd }: Pipe): void {
  close(readEnd)
  close(writeEnd)
}
