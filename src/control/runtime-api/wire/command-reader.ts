/** Bytes from a client, cut into commands: each ends at a line feed or `;`, unless a `\` stands before it. */

/** The most bytes of one command, HAProxy's buffer size (`tune.bufsize`). */
export const COMMAND_LIMIT = 16_384

const LINE_FEED = 0x0a
const SEMICOLON = 0x3b
const BACKSLASH = 0x5c

export class CommandReader {
  private bytes = Buffer.alloc(0)
  /** Up to here no end was found. */
  private scanned = 0

  push(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk])
  }

  /** The next whole command without its end (or the CR before it); undefined when more bytes must come first. */
  next(): string | undefined {
    if (this.isTooLong) return undefined
    while (this.scanned < this.bytes.length) {
      const byte = this.bytes[this.scanned]
      if (byte === BACKSLASH && this.scanned + 1 === this.bytes.length) return undefined
      if (byte === LINE_FEED || byte === SEMICOLON) return this.take(this.scanned)
      this.scanned += byte === BACKSLASH ? 2 : 1
      if (this.isTooLong) return undefined
    }
    return undefined
  }

  /** The command at hand is beyond COMMAND_LIMIT: nothing more can be read. */
  get isTooLong(): boolean {
    return this.scanned > COMMAND_LIMIT
  }

  /** Nothing is left to read, not even a part of a command. */
  get isEmpty(): boolean {
    return this.bytes.length === 0
  }

  private take(end: number): string {
    const command = this.bytes.toString('utf8', 0, end).replace(/\r$/, '')
    this.bytes = this.bytes.subarray(end + 1)
    this.scanned = 0
    return command
  }
}
