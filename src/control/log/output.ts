/**
 * Where log lines go: never waits, never grows without bound, loses no line silently. Lines of one callback leave in one
 * write at its end; a batch that comes as bytes leaves at once. When nobody reads, they queue; beyond the bound they are
 * dropped and counted. On exit the rest is written, for a bounded time.
 *
 * Neither of Node's own ways will do: `fs.write` blocks a thread of libuv's pool in an unread pipe, which exit waits for
 * without end; a stream hides how much of its last write was taken, so nothing can be finished at exit.
 */
import { writeSync } from 'node:fs'

export interface OutputOptions {
  /** One on which a write that would wait fails with EAGAIN. */
  readonly descriptor: number
  /** Characters that may queue; about bytes. */
  readonly bound: number
  /** Lines were dropped and there is room again: log a line that says so. */
  readonly onDropped: (lines: number) => void
}

/** A write of a pipe takes this much at most at one time: pipe(7). */
const CHUNK = 65_536
const FIRST_PAUSE_MS = 1
const LONGEST_PAUSE_MS = 64
const EXIT_PAUSE_MS = 2

interface Queued {
  readonly text: string | Uint8Array
  readonly lines: number
}

interface Chunk {
  readonly bytes: Uint8Array
  readonly lines: number
  written: number
}

export class Output {
  /** Lines lost in all: the queue was full, or the reader gone. */
  dropped = 0
  private unreported = 0
  /** The last write did not fail for good. */
  private works = true
  private queue: Queued[] = []
  private queued = 0
  private chunk: Chunk | undefined
  private isPlanned = false
  private retry: NodeJS.Timeout | undefined
  private pauseMs = FIRST_PAUSE_MS

  constructor(private readonly options: OutputOptions) {}

  /** @param text of so many lines, each with its newline; bytes are its UTF-8, and remain the caller's */
  write(text: string | Uint8Array, lines = 1): void {
    if (this.queued + text.length > this.options.bound) return this.drop(lines)
    this.report()
    const isBatch = typeof text !== 'string'
    if (isBatch && this.queue.length === 0 && !this.chunk) return this.writeBatch(text, lines)
    this.queue.push({ text: isBatch ? copyOf(text) : text, lines })
    this.queued += text.length
    if (this.isPlanned || this.retry) return
    this.isPlanned = true
    queueMicrotask(() => {
      this.isPlanned = false
      this.drain()
    })
  }

  /** Writes what is queued, for so many milliseconds at most, holding up this thread. For the way out. */
  flush(withinMs: number): void {
    clearTimeout(this.retry)
    this.retry = undefined
    const deadline = performance.now() + withinMs
    while (!this.writeAll() && performance.now() < deadline) sleep(EXIT_PAUSE_MS)
  }

  /** Nothing is before it: a batch of session lines, as a rule, which need not be copied then. */
  private writeBatch(bytes: Uint8Array, lines: number): void {
    const chunk = { bytes, lines, written: 0 }
    if (this.writeChunk(chunk)) return
    this.chunk = { ...chunk, bytes: copyOf(bytes) }
    this.drainLater()
  }

  private drain(): void {
    this.retry = undefined
    if (!this.writeAll()) return this.drainLater()
    this.pauseMs = FIRST_PAUSE_MS
    this.report()
  }

  private drainLater(): void {
    this.retry = setTimeout(() => this.drain(), this.pauseMs)
    // the log alone keeps no process alive: what is left then is written on exit
    this.retry.unref()
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_PAUSE_MS)
  }

  /** False when the descriptor takes no more for now. */
  private writeAll(): boolean {
    for (this.chunk ??= this.nextChunk(); this.chunk; this.chunk = this.nextChunk()) {
      if (!this.writeChunk(this.chunk)) return false
    }
    return true
  }

  private writeChunk(chunk: Chunk): boolean {
    const { bytes } = chunk
    while (chunk.written < bytes.length) {
      try {
        chunk.written += writeSync(this.options.descriptor, bytes, chunk.written)
        this.pauseMs = FIRST_PAUSE_MS
        this.works = true
      } catch (error) {
        if (isBusy(error)) return false
        this.works = false
        // the reader has gone, or the disk is full: these lines are lost, the next ones may not be
        this.drop(chunk.lines)
        return true
      }
    }
    return true
  }

  private nextChunk(): Chunk | undefined {
    if (this.queue.length === 0) return undefined
    let length = 0
    let parts = 0
    while (parts < this.queue.length && length < CHUNK) length += this.queue[parts++]?.text.length ?? 0
    const taken = this.queue.splice(0, parts)
    this.queued -= length
    const lines = taken.reduce((sum, part) => sum + part.lines, 0)
    return { bytes: joined(taken), lines, written: 0 }
  }

  private drop(lines: number): void {
    this.dropped += lines
    this.unreported += lines
  }

  /** Not while writes fail: the report would be lost like the lines before it, and be reported in turn. */
  private report(): void {
    if (this.unreported === 0 || !this.works) return
    const lines = this.unreported
    this.unreported = 0
    this.options.onDropped(lines)
  }
}

/** `slice` of a Buffer is none. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

function joined(parts: readonly Queued[]): Uint8Array {
  return Buffer.concat(parts.map(({ text }) => (typeof text === 'string' ? Buffer.from(text) : text)))
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EINTR')
}

const nobody = new Int32Array(new SharedArrayBuffer(4))
function sleep(ms: number): void {
  Atomics.wait(nobody, 0, 0, ms)
}
