/** Logs in, with TLS as `sslmode` has it, and asks the server what it is. */
import { formatAddress } from '../../../../core/address.js'
import { type Conversation, converse, Found } from '../conversation.js'
import { readPassword } from '../password.js'
import type { Attempt, Finding } from '../probe.js'
import { ask } from './ask.js'
import { startTls } from './encryption.js'
import { asksForTls, Refusal, reasonAtLogin } from './refusal.js'
import { Session } from './session.js'
import type { PostgresLogin } from './settings.js'
import { type Encryption, encryptions, tlsOf, WORTH_ANOTHER_TRY } from './sslmode.js'

export async function logInAndAsk(attempt: Attempt<unknown>, login: PostgresLogin): Promise<Finding> {
  const password = login.password && (await readPassword(login.password, attempt))
  if (typeof password === 'object') return password
  const [first, second] = encryptions(login.sslmode)
  let isPlain = first === 'none'
  const finding = await talk(attempt, login, password, first, () => {
    isPlain = true
  })
  const wouldBeTheSame = second === 'none' && isPlain
  if (second === undefined || wouldBeTheSame || !WORTH_ANOTHER_TRY.has(finding.reason)) return finding
  attempt.step(`again, since ${finding.words}`)
  const other = await talk(attempt, login, password, second)
  return WORTH_ANOTHER_TRY.has(other.reason) ? finding : other
}

function talk(
  attempt: Attempt<unknown>,
  login: PostgresLogin,
  password: string | undefined,
  encryption: Encryption,
  onPlain = () => {},
): Promise<Finding> {
  return converse(attempt, undefined, async (conversation) => {
    if (!(await encrypt(conversation, attempt, login, encryption))) onPlain()
    const { user, database } = login
    const session = new Session(conversation, attempt, { user, password, database })
    try {
      return await session.use(() => ask(session, attempt, login))
    } catch (error) {
      throw error instanceof Refusal ? refusedLogin(error, attempt, login) : error
    }
  })
}

/** Whether it goes on in TLS. */
async function encrypt(
  conversation: Conversation,
  attempt: Attempt<unknown>,
  login: PostgresLogin,
  encryption: Encryption,
): Promise<boolean> {
  if (encryption === 'none') return false
  if (await startTls(conversation, attempt, tlsOf(login, attempt.server))) return true
  if (encryption === 'tls') {
    throw conversation.found('L6RSP', 'tls-refused', `${formatAddress(attempt.target)} has no TLS`)
  }
  attempt.step('it has no TLS: goes on in plain')
  return false
}

function refusedLogin(refusal: Refusal, { target }: Attempt<unknown>, { user, sslmode }: PostgresLogin): Found {
  const reason = sslmode === 'disable' && asksForTls(refusal) ? 'tls-required' : reasonAtLogin(refusal)
  const words = `${formatAddress(target)} does not let ${user} in: ${refusal.message} (${refusal.state})`
  return new Found({ passed: false, code: 'L7RSP', reason, words })
}
