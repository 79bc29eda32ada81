/** `tcp = { … }`: socket options of the two sides of a TCP session. */
import { type InetAddress, inetAddress, type Parsed } from '../../core/address.js'
import type { TcpOptions } from '../../core/messages.js'
import { duration, durationOrOff, either, flag, integer, parsed, table } from './fields.js'

/** TCP_KEEPIDLE and TCP_KEEPINTVL end at 32767 s, TCP_KEEPCNT at 127: net/ipv4/tcp.c. */
const KEEPALIVE_SECONDS = { to: 9 * 3_600_000, wholeSeconds: true } as const

const keepaliveTimes = table({
  idle: duration(KEEPALIVE_SECONDS).prefault('60s').describe('Silence before the first probe.'),
  interval: duration(KEEPALIVE_SECONDS).prefault('10s').describe('Time between probes.'),
  count: integer(1, 127).prefault(6).describe('Probes without an answer before the connection is given up.'),
}).transform(({ idle, interval, count }) => ({ idleMs: idle, intervalMs: interval, count }))

const KEEPALIVE_WORDS = 'true, false, or a table such as { idle = "60s", interval = "10s", count = 6 }'

const common = {
  keepalive: either(KEEPALIVE_WORDS, [flag(), keepaliveTimes])
    .prefault(true)
    .describe('Find out about a vanished peer by keepalive probes (tcp(7)). `true` takes the defaults of the table.'),
  no_delay: flag().prefault(true).describe('Send small segments at once (TCP_NODELAY).'),
  user_timeout: durationOrOff()
    .prefault('off')
    .describe('Give up when sent data stays unacknowledged for this long (TCP_USER_TIMEOUT).'),
}

interface CommonKeys {
  readonly keepalive: boolean | { readonly idleMs: number; readonly intervalMs: number; readonly count: number }
  readonly no_delay: boolean
  readonly user_timeout: number
}

function tcpOptions({ keepalive, no_delay, user_timeout }: CommonKeys): TcpOptions {
  const times = keepalive === true ? keepaliveTimes.parse({}) : keepalive
  return { keepalive: times, noDelay: no_delay, userTimeoutMs: user_timeout }
}

export const clientTcp = table({
  ...common,
  backlog: integer(1, 65_535)
    .prefault(1024)
    .describe('Connections that wait to be accepted (listen(2)); net.core.somaxconn caps it.'),
  defer_accept: flag()
    .prefault(false)
    .describe(
      'Accept a connection only when the client has sent something (TCP_DEFER_ACCEPT, linux engine). ' +
        'Not for protocols in which the server speaks first, such as MySQL.',
    ),
}).transform((keys) => ({ tcp: tcpOptions(keys), backlog: keys.backlog, deferAccept: keys.defer_accept }))

const SOURCE_WORDS = 'an IP address of this machine, without a port'

const source = parsed(SOURCE_WORDS, (text): Parsed<InetAddress> => {
  const address = inetAddress(text, 0)
  return address ? { ok: true, value: address } : { ok: false, expected: SOURCE_WORDS }
})

export const serverTcp = table({
  ...common,
  source: source.optional().describe('Local IP address of connections to the servers. Default: what the routes say.'),
}).transform((keys) => ({ tcp: tcpOptions(keys), source: keys.source }))
