/**
 * The packets with which a client asks PostgreSQL for encryption before it says who it is. The server answers one byte.
 * Source: PostgreSQL's manual, "Message Flow", "SSL Session Encryption" and "GSSAPI Session Encryption".
 */
import { formatAddress } from '../../../../core/address.js'
import { type Conversation, Found } from '../conversation.js'
import type { Attempt } from '../probe.js'
import { quote } from '../quote.js'
import { type TlsSettings, tlsOptions } from '../tls-options.js'

interface Request {
  readonly code: number
  readonly words: string
  readonly layer: 'L6RSP' | 'L7RSP'
  readonly yes: string
}

const TLS: Request = { code: 80_877_103, words: 'the request for TLS', layer: 'L6RSP', yes: 'S' }
const GSS: Request = { code: 80_877_104, words: 'the request for GSSAPI encryption', layer: 'L7RSP', yes: 'G' }
const NO = 'N'
const ERROR = 'E'

/** Whether the server has it; it goes on from there with encryption, or in plain. */
export function asksForGss(conversation: Conversation, attempt: Attempt<unknown>): Promise<boolean> {
  return request(conversation, attempt, GSS)
}

/** Whether the server has TLS: then the conversation goes on in it. */
export async function startTls(
  conversation: Conversation,
  attempt: Attempt<unknown>,
  settings: TlsSettings,
): Promise<boolean> {
  if (!(await request(conversation, attempt, TLS))) return false
  const tls = await tlsOptions(settings, attempt)
  if (!tls.ok) throw new Found(tls.finding)
  await conversation.secure(tls.options)
  return true
}

async function request(conversation: Conversation, attempt: Attempt<unknown>, what: Request): Promise<boolean> {
  const { code, words, layer, yes } = what
  const at = formatAddress(attempt.target)
  const answer = await firstAnswer(conversation, code, words)
  const said = answer.toString('latin1')
  if (said === yes || said === NO) return said === yes
  if (said.startsWith(ERROR)) {
    throw conversation.found(
      layer,
      'wrong-answer',
      `${at} answers ${words} with an error: PostgreSQL since 12 knows it`,
    )
  }
  // more than the byte may be somebody else's words, pushed in front of the encryption: CVE-2021-23222
  throw conversation.found(layer, 'garbage', `${at} answers ${words} with ${quote(answer)}: it is no PostgreSQL`)
}

function firstAnswer(conversation: Conversation, code: number, words: string): Promise<Buffer> {
  const { socket } = conversation
  const packet = Buffer.alloc(8)
  packet.writeInt32BE(packet.length)
  packet.writeInt32BE(code, 4)
  return new Promise((resolve, reject) => {
    conversation.asks(words)
    socket.once('data', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(conversation.ended()))
    socket.write(packet)
  })
}
