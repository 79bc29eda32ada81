/** Without a user: does PostgreSQL answer here? */
import { formatAddress } from '../../../../core/address.js'
import { converse } from '../conversation.js'
import type { Attempt, Finding } from '../probe.js'
import { asksForGss } from './encryption.js'

/**
 * Asks for GSSAPI encryption, takes whatever byte comes, and leaves with a FIN. No server logs that, with `ssl` on or off;
 * the end of a connection that asked for TLS is an error to it ("could not accept SSL connection").
 */
export function knock(attempt: Attempt<unknown>): Promise<Finding> {
  return converse(attempt, undefined, async (conversation) => {
    await asksForGss(conversation, attempt)
    attempt.step('answered as PostgreSQL does')
    const words = `PostgreSQL answers at ${formatAddress(attempt.target)}`
    return { passed: true, code: 'L7OK', reason: 'passed', words }
  })
}
