/** The questions to a server that let us in, and its answers in words. */
import { formatAddress } from '../../../../core/address.js'
import { formatDuration } from '../../../../core/duration.js'
import { Found } from '../conversation.js'
import type { Attempt, DatabaseFinding, Finding } from '../probe.js'
import type { ProbeReason } from '../reasons.js'
import { Refusal, reasonAtQuery } from './refusal.js'
import type { Row, Session } from './session.js'
import type { PostgresLogin } from './settings.js'
import { STANDING, type Standing, standingOf } from './standing.js'

export async function ask(session: Session, attempt: Attempt<unknown>, login: PostgresLogin): Promise<Finding> {
  attempt.step(`logged in as ${login.user}`)
  const [row] = await rowsOf(session, attempt, 'the query for its role', STANDING)
  const at = formatAddress(attempt.target)
  const standing = standingOf(row)
  if (!standing) throw failed('wrong-answer', `${at} does not answer the query for its role as PostgreSQL does`)
  attempt.step(`asked: ${shortly(standing)}`)
  const { database } = standing
  if (login.query !== undefined) await askFurther(session, attempt, login.query, database)
  return { passed: true, code: 'L7OK', reason: 'passed', words: `${describe(standing)}, ${at}`, database }
}

/** The operator's own query. */
async function askFurther(session: Session, attempt: Attempt<unknown>, query: string, database: DatabaseFinding) {
  const [row] = await rowsOf(session, attempt, 'the query of the check', query, database)
  const first = row?.[0] ?? null
  if (first === null || first === false) {
    const answer = row === undefined ? 'no row' : String(first)
    throw failed('wrong-answer', `the query of the check gives ${answer} at ${formatAddress(attempt.target)}`, database)
  }
  attempt.step('asked: the query of the check passes')
}

/**
 * The server gives a query up by itself when nobody waits for it any more: else those that wait for a lock would fill its
 * connections. For the transaction alone, which the several statements of one message are: behind a pooler the session
 * is somebody else's next.
 */
async function rowsOf(
  session: Session,
  { target, timeoutMs }: Attempt<unknown>,
  what: string,
  query: string,
  database?: DatabaseFinding,
): Promise<readonly Row[]> {
  try {
    return await session.query(what, `set local statement_timeout = ${timeoutMs};\n${query}`)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const words = `${what} failed at ${formatAddress(target)}: ${error.message} (${error.state})`
    throw failed(reasonAtQuery(error), words, database)
  }
}

function failed(reason: ProbeReason, words: string, database?: DatabaseFinding): Found {
  const code = reason === 'query-timeout' ? 'L7TOUT' : 'L7RSP'
  return new Found({ passed: false, code, reason, words, ...(database && { database }) })
}

function shortly({ database, follows, waiting }: Standing): string {
  if (!follows) return database.role === 'primary' ? 'primary' : READ_ONLY
  return waiting === undefined ? 'replica that receives nothing' : `replica, ${waiting} bytes behind`
}

const READ_ONLY = 'primary that takes no writes by default'

function describe(standing: Standing): string {
  const { database, follows, version, lsn = 'nothing' } = standing
  const { role, lagMs, timeline } = database
  if (!follows) {
    const who = role === 'primary' ? 'primary' : READ_ONLY
    return `${who}, PostgreSQL ${version}, written up to ${lsn}, timeline ${timeline}`
  }
  const lag = lagMs === undefined ? 'nobody knows how far behind' : `${formatDuration(lagMs)} behind`
  return `replica of PostgreSQL ${version}, replayed up to ${lsn}, ${lag}`
}
