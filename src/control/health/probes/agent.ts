/** Asks an agent in HAProxy's agent-check protocol. */
import { formatAddress } from '../../../core/address.js'
import { parseLine } from './agent/parse-line.js'
import { type Conversation, converse } from './conversation.js'
import { oneLine } from './one-line.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import { quote } from './quote.js'

export interface AgentProbeSettings {
  readonly type: 'agent'
  /** Sent first; absent where it speaks by itself. */
  readonly send?: Uint8Array | undefined
}

/** Bytes of a line, its end not counted. */
const LONGEST_LINE = 1_024

/**
 * Passes on a line with at least one known word, unless it says that the server is down. A line ends at the first CR or LF,
 * or, more leniently than in HAProxy, where the agent closes in order.
 */
export const agent: ProbeDefinition<AgentProbeSettings> = {
  type: 'agent',
  summary: "asks an agent in HAProxy's agent-check protocol",
  run: (attempt) => converse(attempt, undefined, (conversation) => talk(attempt, conversation)),
}

async function talk(attempt: Attempt<AgentProbeSettings>, conversation: Conversation): Promise<Finding> {
  const { send } = attempt.settings
  conversation.asks(send ? quote(send) : 'the connection')
  if (send) {
    conversation.socket.write(send)
    attempt.step(`sent ${quote(send)}`)
  }
  const line = await readLine(conversation)
  attempt.step(`said ${JSON.stringify(oneLine(line))}`)
  return judge(line, formatAddress(attempt.target))
}

function readLine(conversation: Conversation): Promise<Buffer> {
  const { socket } = conversation
  return new Promise((resolve, reject) => {
    let heard = Buffer.alloc(0)
    const hear = (bytes: Buffer) => {
      conversation.answers()
      heard = Buffer.concat([heard, bytes])
      const end = heard.findIndex((byte) => byte === LINE_FEED || byte === CARRIAGE_RETURN)
      const line = end === -1 ? heard : heard.subarray(0, end)
      if (line.length > LONGEST_LINE) reject(conversation.found('L7RSP', 'garbage', tooLong(line)))
      else if (end === -1) return
      else resolve(line)
      socket.off('data', hear)
    }
    socket.on('data', hear)
    socket.once('end', () => (heard.length > 0 ? resolve(heard) : reject(conversation.ended())))
    socket.once('error', reject)
    socket.once('close', () => reject(conversation.ended()))
  })
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

function tooLong(line: Buffer): string {
  return `no line within ${LONGEST_LINE} bytes: ${quote(line)}`
}

function judge(line: Buffer, at: string): Finding {
  const { advice, unknown } = parseLine(line.toString('latin1'))
  const said = JSON.stringify(oneLine(line))
  if (Object.keys(advice).length === 0) {
    const words = `${at} says ${said}, which is no word of the agent protocol`
    return { passed: false, code: 'L7RSP', reason: 'garbage', words }
  }
  const remark = unknown === undefined ? '' : ` (${JSON.stringify(oneLine(Buffer.from(unknown)))} means nothing)`
  const words = `${at} says ${said}${remark}`
  if (advice.health === 'down') return { passed: false, code: 'L7STS', reason: 'says-down', words, advice }
  return { passed: true, code: 'L7OK', reason: 'passed', words, advice }
}
