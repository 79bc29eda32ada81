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

const NO_FILES = 'raise its limit of open files'
const NO_PORTS = 'no local port is free: net.ipv4.ip_local_port_range'

/** Out of descriptors, memory or local ports: every probe fails alike, whatever the servers do. And what helps. */
const SHORTAGES: ReadonlyMap<string, string> = new Map([
  ['EMFILE', NO_FILES],
  ['ENFILE', NO_FILES],
  ['ENOBUFS', NO_FILES],
  ['ENOMEM', NO_FILES],
  ['EADDRINUSE', NO_PORTS],
])

export function socketFailure(error: NodeJS.ErrnoException, target: Address): Finding {
  const { code = error.message } = error
  const at = formatAddress(target)
  const shortage = SHORTAGES.get(code) ?? (isWithoutPort(error, target) ? NO_PORTS : undefined)
  if (shortage !== undefined) {
    const words = `${at} could not be probed: ${code} on this machine (${shortage})`
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

/**
 * How connect(2) says that no local port is free: EAGAIN for UDP, EADDRNOTAVAIL for TCP. A unix socket means a full accept
 * queue by the first; the second comes from bind for a `source` that this host does not have, and over IPv6 also where
 * this host has no address that reaches the server.
 */
function isWithoutPort({ code, syscall }: NodeJS.ErrnoException, target: Address): boolean {
  if (code === 'EAGAIN') return target.family !== 'unix'
  return code === 'EADDRNOTAVAIL' && syscall === 'connect' && target.family === 4
}
