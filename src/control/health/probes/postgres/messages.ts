/**
 * What stands between a server and the parser of `pg`, which trusts every length that it reads: on an ErrorResponse
 * without its last byte it loops for ever, and a server that talks HTTP makes it wait for a gigabyte. Only whole messages
 * of known types pass. Source: PostgreSQL's manual, "Message Formats".
 */
import { quote } from '../quote.js'

/** Why it cannot go on; the words go on after the name of the server. */
export class Unfit extends Error {
  constructor(
    readonly reason: 'garbage' | 'denied' | 'wrong-answer',
    words: string,
  ) {
    super(words)
  }
}

/** Of all that a server may say to one probe, bytes. */
const MOST_BYTES = 1 << 20
/** The type of a message, and its length, which counts itself. */
const HEAD_BYTES = 5
const LENGTH_BYTES = 4

/** Before and while it logs us in, and further ones in answer to a query. */
const TYPES: ReadonlySet<string> = new Set([...'RSKZEN', ...'TDCIAGHdc'])
/** They are a list of fields, each a letter and text. */
const LISTS: ReadonlySet<string> = new Set('EN')
const LOGIN = 'R'
/** In order: you are in, password in clear, as MD5, and the three steps of SCRAM. */
const LOGINS: readonly number[] = [0, 3, 5, 10, 11, 12]
const UNKNOWN_LOGIN = 'asks for a way to log in that the probe does not know: no password, but GSSAPI or SSPI'

export class Messages {
  private rest: Buffer = Buffer.alloc(0)
  private bytes = 0
  private isFirst = true

  /** A message has begun and not ended. */
  get isHalfway(): boolean {
    return this.rest.length > 0
  }

  /** The messages that are whole by now, as they came. Throws `Unfit`. */
  take(chunk: Buffer): Buffer {
    this.bytes += chunk.length
    if (this.bytes > MOST_BYTES) throw tooMuch()
    const all = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk])
    const end = this.endOfWhole(all)
    this.rest = all.subarray(end)
    return all.subarray(0, end)
  }

  private endOfWhole(all: Buffer): number {
    let at = 0
    for (;;) {
      const length = this.lengthOfNext(all.subarray(at))
      if (length === undefined || at + length > all.length) return at
      this.checkBody(all.subarray(at, at + length))
      this.isFirst = false
      at += length
    }
  }

  /** Undefined while its head is not there. */
  private lengthOfNext(bytes: Buffer): number | undefined {
    if (bytes.length > 0 && !TYPES.has(typeOf(bytes))) throw this.garbage(bytes)
    if (bytes.length < HEAD_BYTES) return undefined
    const length = bytes.readUInt32BE(1)
    if (length < LENGTH_BYTES) throw this.garbage(bytes)
    if (length > MOST_BYTES) throw this.isFirst ? this.garbage(bytes) : tooMuch()
    return 1 + length
  }

  private checkBody(message: Buffer): void {
    const type = typeOf(message)
    const body = message.subarray(HEAD_BYTES)
    if (LISTS.has(type) && !isList(body)) throw this.garbage(message)
    if (type === LOGIN && !isKnownLogin(body)) throw new Unfit('denied', UNKNOWN_LOGIN)
  }

  /** Later on a server could give back what it was told, a password among it: only its first words are repeated. */
  private garbage(bytes: Buffer): Unfit {
    const words = this.isFirst ? `answers ${quote(bytes)}: it is no PostgreSQL` : "breaks PostgreSQL's protocol"
    return new Unfit('garbage', words)
  }
}

function typeOf(bytes: Buffer): string {
  return bytes.toString('latin1', 0, 1)
}

/** Letters, each with text that a zero ends, and a zero at the very end. */
function isList(body: Buffer): boolean {
  let at = 0
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1)
    if (end === -1) return false
    at = end + 1
  }
  return at === body.length - 1
}

function isKnownLogin(body: Buffer): boolean {
  return body.length >= 4 && LOGINS.includes(body.readUInt32BE())
}

function tooMuch(): Unfit {
  return new Unfit('wrong-answer', `answers with more than ${MOST_BYTES} bytes`)
}
