/** Asks as every program on this machine does: getaddrinfo, so that /etc/hosts and nsswitch.conf count. */
import { lookup } from 'node:dns/promises'
import { parseIp } from '../../core/ip.js'
import { type Answer, type Ask, ResolveError, resolveError } from './answer.js'
import { askServers, canonical } from './ask-servers.js'

/** Where getaddrinfo's answer did not come from DNS, or DNS does not say: getaddrinfo knows no TTL. */
const TTL_UNKNOWN_MS = 30_000
/** How long an answer waits for its TTL. */
const TTL_PATIENCE_MS = 500

/**
 * getaddrinfo blocks a thread that the exit of the process must wait for: with glibc's own 5 s, dead DNS servers held an
 * exit up for 10 s. What the environment already says is left alone: resolv.conf(5).
 */
const RES_OPTIONS = 'timeout:1 attempts:2'

/** @param dns tells the TTL; by default the system's DNS servers */
export function askSystem(dns: Ask = askServers([])): Ask {
  process.env.RES_OPTIONS ??= RES_OPTIONS
  return async (host) => {
    const fromDns = dns(host).catch(() => undefined)
    const found = await lookup(host, { all: true, verbatim: true }).catch((error) => {
      throw resolveError(error)
    })
    const hosts = found.map(({ address }) => canonical(address)).filter((address) => parseIp(address))
    if (hosts.length === 0) throw new ResolveError('the name has no address that can be connected to (link-local only)')
    const ttlMs = ttlOf(hosts, await within(TTL_PATIENCE_MS, fromDns))
    return { hosts, ttlMs, unanswered: [] }
  }
}

/** DNS has a say about the TTL only where it told the same address. */
function ttlOf([first = '']: readonly string[], dns: Answer | undefined): number {
  return dns?.hosts.includes(first) ? dns.ttlMs : TTL_UNKNOWN_MS
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  const first = await Promise.race([promise, late])
  clearTimeout(timer)
  return first
}
