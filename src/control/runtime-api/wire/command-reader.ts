/**
 * Bytes from a client, cut into commands: each ends at a line feed or `;`, unless a `\` stands before it. A line that ends
 * in the word `<<` is followed by lines of payload up to an empty one, one that ends in `<<WORD` by lines up to one that
 * is just WORD. No command of a layer 4 balancer takes a payload, so it is read over, as HAProxy does where none is meant.
 */

/** The most bytes of one command, or of one line of payload: HAProxy's buffer size (`tune.bufsize`). */
export const COMMAND_LIMIT = 16_384

const LINE_FEED = 0x0a
const SEMICOLON = 0x3b
const BACKSLASH = 0x5c

/** A whole command, or a line after which more payload must come: HAProxy prompts for that with `+ `. */
export type Read = { readonly command: string } | 'payload'

export class CommandReader {
  private bytes = Buffer.alloc(0)
  /** Up to here no end was found. */
  private scanned = 0
  /** The command whose payload is being read, and the line that ends it. */
  private waiting: { readonly command: string; readonly end: string } | undefined

  push(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk])
  }

  /** What comes next, without its end (or the CR before it); undefined when more bytes must come first. */
  next(): Read | undefined {
    return this.waiting ? this.nextOfPayload(this.waiting) : this.nextCommand()
  }

  /** The command at hand is beyond COMMAND_LIMIT: nothing more can be read. */
  get isTooLong(): boolean {
    return this.scanned > COMMAND_LIMIT
  }

  /** Nothing is left to read, not even a part of a command. */
  get isEmpty(): boolean {
    return this.bytes.length === 0 && !this.waiting
  }

  private nextCommand(): Read | undefined {
    if (this.isTooLong) return undefined
    while (this.scanned < this.bytes.length) {
      const byte = this.bytes[this.scanned]
      if (byte === BACKSLASH && this.scanned + 1 === this.bytes.length) return undefined
      if (byte === SEMICOLON) return { command: this.take(this.scanned) }
      if (byte === LINE_FEED) return this.line(this.take(this.scanned))
      this.scanned += byte === BACKSLASH ? 2 : 1
      if (this.isTooLong) return undefined
    }
    return undefined
  }

  /** The last command of a line, and it alone, may have a payload. */
  private line(text: string): Read {
    const [, command, end] = /^(.*?)(?<=^|[ \t])<<(\S*)$/s.exec(text) ?? []
    if (command === undefined || end === undefined) return { command: text }
    this.waiting = { command, end }
    return 'payload'
  }

  private nextOfPayload({ command, end }: { readonly command: string; readonly end: string }): Read | undefined {
    if (this.isTooLong) return undefined
    const at = this.bytes.indexOf(LINE_FEED, this.scanned)
    this.scanned = at === -1 ? this.bytes.length : at
    if (at === -1 || this.isTooLong) return undefined
    if (this.take(at) !== end) return 'payload'
    this.waiting = undefined
    return { command }
  }

  private take(end: number): string {
    const text = this.bytes.toString('utf8', 0, end).replace(/\r$/, '')
    this.bytes = this.bytes.subarray(end + 1)
    this.scanned = 0
    return text
  }
}
