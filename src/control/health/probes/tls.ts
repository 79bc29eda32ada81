/** Shakes hands over TLS, and judges the certificate. */
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { formatAddress } from '../../../core/address.js'
import { formatDuration } from '../../../core/duration.js'
import { type Conversation, converse } from './conversation.js'
import type { Attempt, Finding, ProbeDefinition } from './probe.js'
import type { TlsSettings } from './tls-options.js'

export interface TlsProbeSettings {
  readonly type: 'tls'
  readonly tls: TlsSettings
  /** The certificate must be good for longer than this, whatever is verified; undefined does not ask. */
  readonly minRemainingMs?: number | undefined
}

const DAY_MS = 86_400_000

export const tls: ProbeDefinition<TlsProbeSettings> = {
  type: 'tls',
  summary: 'shakes hands over TLS, and judges the certificate',
  run: (attempt) => converse(attempt, attempt.settings.tls, async (conversation) => judge(attempt, conversation)),
}

function judge({ target, settings, step }: Attempt<TlsProbeSettings>, conversation: Conversation): Finding {
  const socket = conversation.socket as TLSSocket // with TLS settings there is no other
  const at = formatAddress(target)
  const protocol = socket.getProtocol() ?? 'TLS'
  const remainingMs = remaining(socket.getPeerCertificate())
  if (remainingMs === undefined)
    return { passed: true, code: 'L6OK', reason: 'passed', words: `${protocol} with ${at}` }
  const words = remainingWords(remainingMs)
  step(`certificate ${words}`)
  const { minRemainingMs } = settings
  if (minRemainingMs !== undefined && remainingMs <= minRemainingMs) {
    const expected = `expected it to be good for more than ${formatDuration(minRemainingMs)}`
    throw conversation.found('L6RSP', 'certificate', `the certificate of ${at} ${words}, ${expected}`)
  }
  return { passed: true, code: 'L6OK', reason: 'passed', words: `${protocol} with ${at}, whose certificate ${words}` }
}

/** Undefined for a server that shows none, as with a pre-shared key. */
function remaining({ valid_to }: Partial<PeerCertificate>): number | undefined {
  const end = Date.parse(valid_to ?? '')
  return Number.isNaN(end) ? undefined : end - Date.now()
}

/** To the day, lest the words of each probe differ from the last. */
function remainingWords(remainingMs: number): string {
  if (remainingMs <= 0) return 'has expired'
  const days = Math.floor(remainingMs / DAY_MS)
  return days === 0 ? 'expires within a day' : `expires in ${days} ${days === 1 ? 'day' : 'days'}`
}
