/** `[frontends.NAME]`: what to bind, and which backend it feeds. */
import * as z from 'zod'
import { ASKED_ROLES } from '../../core/lane.js'
import { SPOKEN } from '../../core/spoken.js'
import { choice, durationOrOff, either, flag, integer, limit, listenAddress, listOf, name, table } from './fields.js'
import { clientTcp } from './tcp.js'

const LISTEN = 'an address such as tcp://0.0.0.0:5432, or a list of them'

const BACKEND = 'the name of a backend, or weights such as { stable = 90, canary = 10 }'
const WEIGHTS = 'at least one backend with a weight above 0, such as { stable = 90, canary = 10 }'

/** Of the one backend of a frontend that does not split. */
const WHOLE = 100

const split = z
  .record(name(), integer(0, 256), BACKEND)
  .refine((weights) => Object.values(weights).some((weight) => weight > 0), WEIGHTS)

/** Keys that mean nothing to UDP: setting one in a UDP frontend is an error. */
export const TCP_ONLY_FRONTEND_KEYS = ['role', 'protocol', 'client_idle', 'log_empty', 'tcp'] as const

/** Flows that a UDP frontend holds by default: each one is a socket, and senders of datagrams can be forged. */
export const DEFAULT_UDP_FLOWS = 100_000

export const frontend = table({
  listen: either(LISTEN, [listenAddress(), listOf(listenAddress(), LISTEN)]).describe(
    'Where to listen: `tcp://IP:PORT`, `udp://IP:PORT` or `unix:/PATH`. `*` is every IPv4 address, `[::]` every IPv6 ' +
      'one. Port 0 takes any free port. One frontend speaks either TCP (unix sockets too) or UDP.',
  ),
  backend: either(BACKEND, [z.string(BACKEND), split]).describe(
    'The backend that its sessions go to, or several by weight (0 to 256): `{ stable = 90, canary = 10 }` gives ' +
      '`canary` every tenth session, whatever the number and weights of its servers. `headgate split` changes the ' +
      'weights while it runs. The share of a backend that has no server for a session goes to the others; one of ' +
      'weight 0 gets none in any case.',
  ),
  role: choice(ASKED_ROLES)
    .prefault('any')
    .describe(
      'Which servers of the backend it is for, where the check can tell their roles: `primary`, `replica`, or ' +
        '`replica-or-primary`, which goes to the primary while no replica takes sessions. One backend can so serve a ' +
        'port for writes and a port for reads. TCP only.',
    ),
  protocol: choice(SPOKEN)
    .prefault('tcp')
    .describe(
      'What its sessions speak. `tcp`: headgate does not look. `postgres`: it reads the first packets, so that a ' +
        'query that is cancelled is cancelled on its own server (docs/guides/postgres-cancel.md). TCP only.',
    ),
  max_sessions: limit()
    .optional()
    .describe(
      `Sessions (UDP: flows) at one time; more are refused. 0 is no limit. Default: 0 for TCP, ${DEFAULT_UDP_FLOWS} for UDP.`,
    ),
  client_idle: durationOrOff()
    .prefault('off')
    .describe(
      'Close a session that is silent for this long while it is the turn of the client: the server spoke last, or has ended its side. TCP only.',
    ),
  log_empty: flag()
    .prefault(false)
    .describe('Log connections that carried no byte (port scans, probes); they are counted anyway. TCP only.'),
  tcp: clientTcp.prefault({}).describe('Socket options towards clients. TCP only.'),
}).transform(({ listen, backend, protocol, max_sessions, client_idle, log_empty, tcp, ...same }) => ({
  ...same,
  ...tcp,
  listen: Array.isArray(listen) ? listen : [listen],
  routes: typeof backend === 'string' ? [{ backend, weight: WHOLE }] : routesOf(backend),
  speaks: protocol,
  maxSessions: max_sessions,
  clientIdleMs: client_idle,
  logEmpty: log_empty,
}))

function routesOf(weights: Readonly<Record<string, number>>) {
  return Object.entries(weights).map(([backend, weight]) => ({ backend, weight }))
}

export type FrontendKeys = z.output<typeof frontend>
