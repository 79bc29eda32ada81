/** Asks DNS servers: A and AAAA with their TTL. Neither /etc/hosts nor a search list has a say. */
import { Resolver } from 'node:dns/promises'
import { formatAddress, type InetAddress } from '../../core/address.js'
import { formatIp, parseIp } from '../../core/ip.js'
import { type Answer, type Ask, resolveError } from './answer.js'

/** For each server, doubled at the second try. */
const TIMEOUT_MS = 1_000
const TRIES = 2

/**
 * IPv4 addresses come before IPv6 ones: a host without IPv6 is the commoner mishap.
 * @param servers none asks those of the system (resolv.conf)
 */
export function askServers(servers: readonly InetAddress[]): Ask {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
  if (servers.length > 0) resolver.setServers(servers.map(formatAddress))
  return async (host) => {
    const [v4, v6] = await Promise.allSettled([
      resolver.resolve4(host, { ttl: true }),
      resolver.resolve6(host, { ttl: true }),
    ])
    return combine(v4, v6)
  }
}

type Outcome = PromiseSettledResult<readonly { readonly address: string; readonly ttl: number }[]>

function combine(v4: Outcome, v6: Outcome): Answer {
  const records = [v4, v6].flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
  const unanswered = ([4, 6] as const).filter((family) => isUnanswered(family === 4 ? v4 : v6))
  // without any record, a question that got no answer tells more than one that was answered with none
  if (records.length === 0) throw resolveError(reasonOf(isUnanswered(v6) && !isUnanswered(v4) ? v6 : v4))
  const ttlMs = Math.min(...records.map(({ ttl }) => ttl)) * 1_000
  return { hosts: records.map(({ address }) => canonical(address)), ttlMs, unanswered }
}

/** ENOTFOUND and ENODATA are answers. */
function isUnanswered(outcome: Outcome): boolean {
  return outcome.status === 'rejected' && !['ENOTFOUND', 'ENODATA'].includes(outcome.reason?.code)
}

function reasonOf(outcome: Outcome): unknown {
  return outcome.status === 'rejected' ? outcome.reason : Object.assign(new Error(), { code: 'ENODATA' })
}

/** As core writes addresses, so that the same address is the same text whoever told it. */
export function canonical(address: string): string {
  const bytes = parseIp(address)
  return bytes ? formatIp(bytes) : address
}
