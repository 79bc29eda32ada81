/** Asks Redis (or what speaks its protocol) whether it serves, and which role it has. */
import { formatAddress } from '../../../core/address.js'
import { formatDuration } from '../../../core/duration.js'
import { type Conversation, converse } from './conversation.js'
import { type PasswordSource, readPassword } from './password.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import { fromInfo, fromRole, type Replication, uptimeOf } from './redis/replication.js'
import { Replies } from './redis/replies.js'
import { RedisError } from './redis/resp.js'
import type { TlsSettings } from './tls-options.js'
import { orTlsRequired } from './tls-required.js'

export interface RedisProbeSettings {
  readonly type: 'redis'
  /** Without a password it means nothing: Redis has no other way to log in. */
  readonly user?: string
  readonly password?: PasswordSource
  readonly tls?: TlsSettings | undefined
  /** A server that has run for less is not believed to be the primary; 0 believes it at once. */
  readonly primaryAfterMs: number
}

/**
 * `PING` says whether it is loading or cannot save, `INFO replication` the role with position and lag in one document;
 * `ROLE` is for servers that allow this user no INFO.
 */
export const redis: ProbeDefinition<RedisProbeSettings> = {
  type: 'redis',
  summary: 'asks Redis whether it serves, for its role and how far it is behind',
  run: async (attempt) => {
    const { tls } = attempt.settings
    const finding = await converse(attempt, tls, (conversation) => talk(attempt, conversation))
    return tls ? finding : orTlsRequired(attempt, finding)
  },
}

async function talk(attempt: Attempt<RedisProbeSettings>, conversation: Conversation): Promise<Finding> {
  const { target, settings, step } = attempt
  const replies = new Replies(conversation)
  if (settings.password) {
    const secret = await readPassword(settings.password, attempt)
    if (typeof secret === 'object') return secret
    await replies.login(settings.user, secret)
    step(`logged in${settings.user === undefined ? '' : ` as ${settings.user}`}`)
  }
  replies.expect(await replies.ask('PING'), 'PONG')
  step('answered PING')
  const replication = await askReplication(replies)
  const at = formatAddress(target)
  if (!replication) throw conversation.found('L7RSP', 'wrong-answer', `${at} tells no role: is it a Sentinel?`)
  if ('unready' in replication) throw conversation.found('L7RSP', 'not-ready', `${at}: ${replication.unready}`)
  const { database } = replication
  if (database.role === 'primary') await believe(replies, conversation, attempt)
  step(`is a ${database.role}`)
  return { passed: true, code: 'L7OK', reason: 'passed', words: `${at} is a ${database.role}`, database }
}

/**
 * A former primary that comes back says that it is the primary until Sentinel tells it otherwise, 10 s later: two
 * primaries, of which none could be chosen. Who was promoted has run for long.
 */
async function believe(
  replies: Replies,
  conversation: Conversation,
  { target, settings: { primaryAfterMs } }: Attempt<RedisProbeSettings>,
): Promise<void> {
  if (primaryAfterMs === 0) return
  const info = await replies.ask('INFO', 'server')
  if (info instanceof RedisError) throw replies.refused(info)
  const seconds = typeof info === 'string' ? uptimeOf(info) : undefined
  if (seconds !== undefined && seconds * 1_000 >= primaryAfterMs) return
  const since = seconds === undefined ? 'at an unknown time' : `${seconds}s ago`
  const words = `${formatAddress(target)}: it started ${since} and says that it is the primary, which is believed after ${formatDuration(primaryAfterMs)}`
  throw conversation.found('L7RSP', 'not-ready', words)
}

async function askReplication(replies: Replies): Promise<Replication> {
  const info = await replies.ask('INFO', 'replication')
  if (typeof info === 'string') return fromInfo(info)
  const role = await replies.ask('ROLE')
  if (!(role instanceof RedisError)) return fromRole(role)
  throw replies.refused(role)
}
