/** What a failed socket call says about a server, or about this machine. */
import { type Address, formatAddress } from '../../../core/address.js'
import type { Finding } from './probe.js'

const WORDS: Readonly<Record<string, (at: string) => string>> = {
  ECONNREFUSED: (at) => `connection refused by ${at}`,
  ECONNRESET: (at) => `connection reset by ${at}`,
  EHOSTUNREACH: (at) => `no route to ${at}`,
  ENETUNREACH: (at) => `no route to the network of ${at}`,
  EADDRNOTAVAIL: (at) => `no local address to reach ${at} from`,
  ENOENT: (at) => `no socket at ${at}`,
  EACCES: (at) => `not permitted to connect to ${at}`,
  EPERM: (at) => `not permitted to connect to ${at}`,
}

/** Out of descriptors or memory: every probe fails alike, whatever the servers do. */
const SHORTAGES: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])

export function socketFailure(error: NodeJS.ErrnoException, target: Address): Finding {
  const { code = error.message } = error
  const at = formatAddress(target)
  if (SHORTAGES.has(code)) {
    const words = `${at} could not be probed: ${code} on this machine (raise its limit of open files)`
    return { passed: false, code: 'SOCKERR', words }
  }
  if (code === 'ETIMEDOUT') return { passed: false, code: 'L4TOUT', words: `no answer from ${at} (ETIMEDOUT)` }
  const words = WORDS[code]?.(at) ?? `cannot connect to ${at}: ${code}`
  return { passed: false, code: 'L4CON', words }
}
