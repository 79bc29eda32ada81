/** Replies of Redis, read without a library: RESP2, as its protocol specification (redis.io/docs/reference/protocol-spec) has it. */

/** An error is a reply like others. Integers come as numbers, a null as undefined. */
export type Reply = string | number | undefined | RedisError | readonly Reply[]

export class RedisError {
  /** @param text without the `-`: `NOAUTH Authentication required.` */
  constructor(readonly text: string) {}

  /** The first word: `NOAUTH`. */
  get kind(): string {
    return this.text.split(' ', 1)[0] ?? ''
  }
}

export interface Parsed {
  readonly reply: Reply
  /** Bytes it took. */
  readonly length: number
}

/** What the bytes begin with: a reply, the beginning of one, or something that is none. */
export type ParseResult = Parsed | 'more' | 'garbage'

/** Deeper than any reply that we ask for. */
const MOST_DEPTH = 4

/** A command as an array of bulk strings. */
export function command(...words: readonly string[]): Buffer {
  const bulks = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return Buffer.from(`*${words.length}\r\n${bulks.join('')}`)
}

export function parseReply(bytes: Buffer, depth = 0): ParseResult {
  const end = bytes.indexOf('\r\n')
  if (end < 0) return bytes.length === 0 || '+-:$*'.includes(String.fromCharCode(bytes[0] ?? 0)) ? 'more' : 'garbage'
  const line = bytes.toString('latin1', 1, end)
  const length = end + 2
  switch (bytes[0]) {
    case 0x2b: // +
      return { reply: line, length }
    case 0x2d: // -
      return { reply: new RedisError(line), length }
    case 0x3a: // :
      return isInteger(line) ? { reply: Number(line), length } : 'garbage'
    case 0x24: // $
      return isInteger(line) ? bulk(bytes, Number(line), length) : 'garbage'
    case 0x2a: // *
      return isInteger(line) && depth < MOST_DEPTH ? array(bytes, Number(line), length, depth) : 'garbage'
    default:
      return 'garbage'
  }
}

function isInteger(text: string): boolean {
  return /^-?\d{1,19}$/.test(text)
}

function bulk(bytes: Buffer, size: number, start: number): ParseResult {
  if (size < 0) return { reply: undefined, length: start }
  const end = start + size
  if (bytes.length < end + 2) return 'more'
  if (bytes[end] !== 0x0d || bytes[end + 1] !== 0x0a) return 'garbage'
  return { reply: bytes.toString('utf8', start, end), length: end + 2 }
}

function array(bytes: Buffer, count: number, start: number, depth: number): ParseResult {
  if (count < 0) return { reply: undefined, length: start }
  const replies: Reply[] = []
  let length = start
  for (let i = 0; i < count; i++) {
    const item = parseReply(bytes.subarray(length), depth + 1)
    if (typeof item === 'string') return item
    replies.push(item.reply)
    length += item.length
  }
  return { reply: replies, length }
}
