/** One HTTP request over the connection of a probe: RFC 9110 and 9112, by Node's own parser. No redirect is followed. */
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { Conversation } from '../conversation.js'
import { quote } from '../quote.js'

export interface Question {
  readonly method: 'GET' | 'HEAD' | 'OPTIONS'
  /** With its query: `/replica?lag=10MB`. */
  readonly path: string
  /** The header `Host`. */
  readonly host: string
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As much of it as is read: `LONGEST_BODY`. */
  readonly body: Buffer
}

/** Bytes. What stands behind them is not read. */
export const LONGEST_BODY = 65_536

/**
 * Throws `Found`, or the error of the socket, when no whole answer comes.
 * @param wantsBody false: the status is enough
 */
export async function ask(conversation: Conversation, question: Question, wantsBody: boolean): Promise<Answer> {
  conversation.asks(`${question.method} ${question.path}`)
  try {
    const response = await responseTo(conversation, question)
    const body = wantsBody ? await bodyOf(conversation, response) : Buffer.alloc(0)
    return { status: response.statusCode ?? 0, headers: response.headers, body }
  } catch (error) {
    throw asFound(conversation, error as NodeJS.ErrnoException) // of node:http, or Found already
  }
}

function responseTo(conversation: Conversation, { method, path, host }: Question): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { host, 'user-agent': 'headgate', accept: '*/*', connection: 'close' }
    const asking = request({ createConnection: () => conversation.socket, method, path, headers, setHost: false })
    asking.once('socket', (socket) => socket.once('data', () => conversation.answers()))
    asking.once('response', resolve)
    asking.on('error', reject)
    // of a server that switches protocols nothing else is heard
    asking.once('close', () => reject(conversation.ended()))
    asking.end()
  })
}

function bodyOf(conversation: Conversation, response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const enough = () => resolve(Buffer.concat(chunks).subarray(0, LONGEST_BODY))
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length < LONGEST_BODY) return
      enough()
      // a reset: to close in order would be to read all the rest
      conversation.destroy()
    })
    response.on('end', enough)
    response.on('error', reject)
  })
}

interface HttpError extends NodeJS.ErrnoException {
  /** What the parser did not understand. */
  readonly rawPacket?: Buffer
}

function asFound(conversation: Conversation, error: HttpError): Error {
  const { code = '', message, rawPacket } = error
  if (code.startsWith('HPE_')) {
    const said = rawPacket ? `: ${quote(rawPacket)}` : ''
    return conversation.found('L7RSP', 'garbage', `not an answer of HTTP to ${conversation.asked}${said}`)
  }
  // so Node says of a FIN before the whole answer
  const isFin = code === 'ECONNRESET' && (message === 'socket hang up' || message === 'aborted')
  return isFin ? conversation.ended() : error
}
