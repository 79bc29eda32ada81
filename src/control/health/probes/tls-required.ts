/** A server that takes nothing but TLS mostly resets whoever speaks plainly: a second look tells that from a crash. */
import { formatAddress } from '../../../core/address.js'
import { converse } from './conversation.js'
import type { Attempt, Finding } from './probe.js'

const AS_IF_TLS: ReadonlySet<string> = new Set(['reset', 'closed', 'garbage'])

/** Only after a talk without TLS that ended without an answer, and within the same time: does the server shake hands? */
export async function orTlsRequired(attempt: Attempt<unknown>, finding: Finding): Promise<Finding> {
  if (!AS_IF_TLS.has(finding.reason) || finding.code === 'L4CON') return finding
  const passed = { passed: true, code: 'L6OK', reason: 'passed', words: '' } as const
  const handshake = await converse(attempt, { verify: 'none' }, async () => passed)
  // `tls-failed`: it shook hands as far as asking for a certificate of ours
  if (!handshake.passed && handshake.reason !== 'tls-failed') return finding
  const words = `${formatAddress(attempt.target)} takes nobody without TLS`
  return { passed: false, code: 'L7RSP', reason: 'tls-required', words }
}
