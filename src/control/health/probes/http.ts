/** Asks over HTTP, and judges the status and, where wanted, the body. */
import { type Address, formatAddress } from '../../../core/address.js'
import type { Role } from '../../../core/role.js'
import { type Conversation, converse } from './conversation.js'
import { type Answer, ask, LONGEST_BODY } from './http/ask.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import { quote } from './quote.js'
import type { TlsSettings } from './tls-options.js'
import { orTlsRequired } from './tls-required.js'

export interface HttpProbeSettings {
  readonly type: 'http'
  readonly method: 'GET' | 'HEAD' | 'OPTIONS'
  /** Asked one after the other, each on a connection of its own, until one passes: then the server has its role. */
  readonly paths: readonly PathOfRole[]
  /** The header `Host`; without it the address. */
  readonly host?: string | undefined
  readonly statuses: readonly StatusRange[]
  /** Must stand somewhere in the first 64 kB of the body. */
  readonly expect?: Uint8Array | undefined
  readonly tls?: TlsSettings | undefined
}

export interface PathOfRole {
  /** With its query. */
  readonly path: string
  readonly role?: Role | undefined
}

/** Both included. */
export interface StatusRange {
  readonly from: number
  readonly to: number
}

export const http: ProbeDefinition<HttpProbeSettings> = {
  type: 'http',
  summary: 'asks over HTTP, and judges status and body',
  async run(attempt) {
    const refusals: Finding[] = []
    for (const path of attempt.settings.paths) {
      const finding = await askOne(attempt, path)
      if (finding.reason !== 'wrong-answer') return finding
      refusals.push(finding)
    }
    return together(refusals)
  },
}

async function askOne(attempt: Attempt<HttpProbeSettings>, path: PathOfRole): Promise<Finding> {
  const { tls } = attempt.settings
  const finding = await converse(attempt, tls, (conversation) => talk(attempt, conversation, path))
  return tls ? finding : orTlsRequired(attempt, finding)
}

async function talk(
  { target, settings, step }: Attempt<HttpProbeSettings>,
  conversation: Conversation,
  { path, role }: PathOfRole,
): Promise<Finding> {
  const { method, host = defaultHost(target), expect } = settings
  const answer = await ask(conversation, { method, path, host }, expect !== undefined)
  step(`${answer.status} to ${method} ${path}`)
  const words = `${answer.status} to ${method} ${path} from ${formatAddress(target)}`
  if (!settings.statuses.some(({ from, to }) => answer.status >= from && answer.status <= to)) {
    throw conversation.found('L7STS', 'wrong-answer', `${words}, expected ${statusWords(settings.statuses)}`)
  }
  if (expect && !contains(answer, expect)) {
    const expected = `its body to contain ${quote(expect)}`
    throw conversation.found('L7RSP', 'wrong-answer', `${words} with ${quote(answer.body)}, expected ${expected}`)
  }
  const passed = { passed: true, code: 'L7OK', reason: 'passed', words } as const
  return role ? { ...passed, database: { role } } : passed
}

/** What a client would send that was given this address. */
export function defaultHost(target: Address): string {
  return target.family === 'unix' ? 'localhost' : formatAddress(target)
}

function contains({ body }: Answer, expect: Uint8Array): boolean {
  return body.subarray(0, LONGEST_BODY).includes(Buffer.from(expect))
}

function statusWords(ranges: readonly StatusRange[]): string {
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from / 100}xx`)).join(' or ')
}

/** No path passed. */
function together(refusals: readonly Finding[]): Finding {
  const [first] = refusals
  if (!first) throw new Error('a check without a path')
  return { ...first, words: refusals.map(({ words }) => words).join('; ') }
}
