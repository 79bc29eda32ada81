/** Asks Patroni, beside each PostgreSQL server, for that server's state, role, position and timeline. */
import { formatAddress } from '../../../core/address.js'
import { type Conversation, converse } from './conversation.js'
import { type Answer, ask } from './http/ask.js'
import { defaultHost } from './http.js'
import { standingOf } from './patroni/standing.js'
import { parseStatus } from './patroni/status.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import { quote } from './quote.js'
import type { TlsSettings } from './tls-options.js'
import { orTlsRequired } from './tls-required.js'

export interface PatroniProbeSettings {
  readonly type: 'patroni'
  readonly tls?: TlsSettings | undefined
}

/** Its status says who holds the leader lock; its body says, whatever the status, what the server is. */
const PATH = '/primary'

export const patroni: ProbeDefinition<PatroniProbeSettings> = {
  type: 'patroni',
  summary: 'asks Patroni for role, position and timeline',
  async run(attempt) {
    const { tls } = attempt.settings
    const finding = await converse(attempt, tls, (conversation) => talk(attempt, conversation))
    return tls ? finding : orTlsRequired(attempt, finding)
  },
}

async function talk({ target, step }: Attempt<PatroniProbeSettings>, conversation: Conversation): Promise<Finding> {
  const answer = await ask(conversation, { method: 'GET', path: PATH, host: defaultHost(target) }, true)
  step(`${answer.status} to GET ${PATH}`)
  const at = formatAddress(target)
  const status = parseStatus(answer.body.toString('utf8'))
  if (!status) {
    const words = `${at} answers ${answer.status} with ${quote(answer.body)}: not the status that Patroni tells`
    throw conversation.found('L7RSP', answer.body.length === 0 ? 'wrong-answer' : 'garbage', words)
  }
  const standing = standingOf(status, answer.status === 200, dateOf(answer))
  if (!('database' in standing)) throw conversation.found('L7STS', standing.reason, `${at}: ${standing.words}`)
  const { database } = standing
  step(`is a ${database.role}`)
  return { passed: true, code: 'L7OK', reason: 'passed', words: `${at} is a ${database.role}`, database }
}

/** The server's own clock, so that it does not matter how far ours is from it; it tells whole seconds. */
function dateOf({ headers }: Answer): number {
  const at = Date.parse(headers.date ?? '')
  return Number.isNaN(at) ? Date.now() : at
}
