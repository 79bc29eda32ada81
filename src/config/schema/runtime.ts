/** `[runtime]`: the process itself. */
import * as z from 'zod'
import { type InetAddress, inetAddress, type Parsed, parseBindAddress } from '../../core/address.js'
import { DEFAULT_SOCKET } from '../default-socket.js'
import {
  bindAddress,
  choice,
  duration,
  durationOrOff,
  either,
  fileMode,
  flag,
  integer,
  limit,
  loopbackAddress,
  parsed,
  socketPath,
  statePath,
  statsAddress,
  table,
} from './fields.js'

const log = table({
  level: choice(['debug', 'info', 'warn', 'error'])
    .prefault('info')
    .describe('The least serious line that is written.'),
  format: choice(['auto', 'json', 'pretty'])
    .prefault('auto')
    .describe('JSON lines, or text for people; `auto` is pretty on a terminal.'),
  sessions: flag().prefault(true).describe('One line for each session that ended.'),
})

const DNS_PORT = 53
const RESOLVERS = 'a list of IP addresses, such as ["10.0.0.2", "[2001:db8::2]:53"]'

function resolver() {
  const expected = 'an IP address of a DNS server, with or without a port, such as 10.0.0.2 or [2001:db8::2]:53'
  return parsed(expected, (text): Parsed<InetAddress> => {
    const plain = inetAddress(text, DNS_PORT)
    const address = plain ? ({ ok: true, value: plain } as const) : parseBindAddress(text)
    return address.ok && address.value.port > 0 && text[0] !== '*' ? address : { ok: false, expected }
  })
}

const SOCKETS = 'a list of tables with listen, and perhaps level and mode'

/** HAProxy's `stats socket … level … mode …`. */
function statsSocket() {
  return table({
    listen: statsAddress().describe('Where: `unix:/PATH`, or `tcp://IP:PORT` on a loopback address.'),
    level: choice(['user', 'operator', 'admin'])
      .prefault('user')
      .describe(
        'What its clients may do: `user` sees counters and states, `operator` sessions, events and the environment too, ' +
          '`admin` changes things.',
      ),
    mode: fileMode()
      .prefault('0600')
      .describe('Who may open a unix socket, as chmod has it: `"0660"` lets in the group, `"0666"` everybody.'),
  }).refine(({ level, mode }) => level !== 'admin' || (mode & 0o002) === 0, {
    path: ['mode'],
    message: 'a mode without access for everybody, since the level is admin',
  })
}

const WORKERS = '"auto", or an integer from 1 to 64'

export const runtime = table({
  socket: socketPath()
    .prefault(DEFAULT_SOCKET)
    .describe('The stats socket: a unix socket that only its owner may open. The `headgate` command talks to it.'),
  socket_tcp: loopbackAddress()
    .optional()
    .describe('The stats socket over TCP as well. Whoever reaches it steers headgate, so it must be on loopback.'),
  sockets: z
    .array(statsSocket(), SOCKETS)
    .meta({ expected: SOCKETS })
    .prefault([])
    .describe('Further stats sockets, for programs that may do less: each with its own level.'),
  state: statePath()
    .optional()
    .describe(
      'File that keeps what was changed at run time (drain, weights, added servers …) over restarts; `"off"` keeps it in ' +
        'memory alone. Default: `headgate.state` in the folder that systemd gives the service (StateDirectory=), else ' +
        'beside the stats socket: `/run/headgate/headgate.state`, which a reboot empties.',
    ),
  engine: choice(['auto', 'linux', 'portable'])
    .prefault('auto')
    .describe(
      'What moves the bytes: `linux` (epoll, splice), or `portable` (Node, every platform). ' +
        '`auto` takes linux where it loads. A forced engine that cannot run is an error.',
    ),
  workers: either(WORKERS, [integer(1, 64, WORKERS), z.literal('auto', WORKERS)])
    .prefault('auto')
    .describe('Data-plane workers. `auto` is one for each CPU. The portable engine always has one.'),
  metrics: bindAddress()
    .optional()
    .describe('HTTP for `/metrics` (Prometheus), `/live` and `/ready`. Port 0 takes any free one.'),
  max_sessions: limit()
    .prefault(0)
    .describe('Sessions of all frontends at one time; more are refused. 0 leaves the limit to the file descriptors.'),
  stop_timeout: duration().prefault('30s').describe('How long a graceful stop waits for sessions before it cuts them.'),
  upgrade_deadline: durationOrOff()
    .prefault('off')
    .describe(
      'How long a generation that has handed over to a new one (`headgate upgrade`) keeps its sessions before it cuts ' +
        'them. `off` waits for as long as they last.',
    ),
  resolvers: z
    .array(resolver(), RESOLVERS)
    .meta({ expected: RESOLVERS })
    .prefault([])
    .describe('DNS servers for host names in server addresses. Empty: those of the system.'),
  log: log.prefault({}).describe('What is logged, and how.'),
}).transform(({ socket_tcp, max_sessions, stop_timeout, upgrade_deadline, ...same }) => ({
  ...same,
  socketTcp: socket_tcp,
  maxSessions: max_sessions,
  stopTimeoutMs: stop_timeout,
  upgradeDeadlineMs: upgrade_deadline,
}))

export type Runtime = z.output<typeof runtime>
