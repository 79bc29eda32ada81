/** What a failed socket call says about a server, or about this machine. */
import { type Address, formatAddress } from '../../../core/address.js'
import type { Finding } from './probe.js'
import type { ProbeReason } from './reasons.js'

interface Meaning {
  readonly reason: ProbeReason
  readonly words: (at: string) => string
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: { reason: 'refused', words: (at) => `connection refused by ${at}` },
  ECONNRESET: { reason: 'reset', words: (at) => `connection reset by ${at}` },
  EPIPE: { reason: 'reset', words: (at) => `connection reset by ${at}` },
  EHOSTUNREACH: { reason: 'unreachable', words: (at) => `no route to ${at}` },
  ENETUNREACH: { reason: 'unreachable', words: (at) => `no route to the network of ${at}` },
  EADDRNOTAVAIL: { reason: 'connect-error', words: (at) => `no local address to reach ${at} from` },
  ENOENT: { reason: 'refused', words: (at) => `no socket at ${at}` },
  EACCES: { reason: 'connect-error', words: (at) => `not permitted to connect to ${at}` },
  EPERM: { reason: 'connect-error', words: (at) => `not permitted to connect to ${at}` },
}

/** Out of descriptors or memory: every probe fails alike, whatever the servers do. */
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])

export function socketFailure(error: NodeJS.ErrnoException, target: Address): Finding {
  const { code = error.message } = error
  const at = formatAddress(target)
  if (SHORTAGES.has(code)) {
    const words = `${at} could not be probed: ${code} on this machine (raise its limit of open files)`
    return { passed: false, code: 'SOCKERR', reason: 'no-resources', words }
  }
  if (code === 'ETIMEDOUT') {
    return { passed: false, code: 'L4TOUT', reason: 'connect-timeout', words: `no answer from ${at} (ETIMEDOUT)` }
  }
  const { reason, words } = MEANINGS[code] ?? {
    reason: 'connect-error',
    words: () => `cannot connect to ${at}: ${code}`,
  }
  return { passed: false, code: 'L4CON', reason, words: words(at) }
}
