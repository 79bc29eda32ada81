/**
 * `check = { … }`: a schedule that all checks share, and the keys of one probe, told apart by `type`. A new probe is one
 * more member of `probes` here, and the probe itself in the control plane.
 */
import * as z from 'zod'
import type { Parsed } from '../../core/address.js'
import { parseBytes } from './bytes.js'
import { duration, integer, parsed, table } from './fields.js'

const schedule = {
  interval: duration({ from: 10 })
    .prefault('2s')
    .describe('Time from probe to probe; a little jitter keeps probes from marching in step.'),
  fast_interval: duration({ from: 10 })
    .optional()
    .describe('The interval while the server is on its way up or down. Default: half of `interval`.'),
  timeout: duration({ from: 10 })
    .optional()
    .describe('How long a probe may take. Default: `"1s"`, or `interval` where that is shorter.'),
  rise: integer(1, 1_000).prefault(2).describe('Good probes in a row that bring a server up.'),
  fall: integer(1, 1_000).prefault(3).describe('Bad probes in a row that take a server down.'),
  port: integer(1, 65_535, 'a port from 1 to 65535').optional().describe("Probe this port in place of the server's."),
}

/** Longest UDP payload over IPv4: 65535 less the headers of IP and UDP. */
const MAX_DATAGRAM = 65_507

function bytes() {
  const expected = `ASCII text of 1 to ${MAX_DATAGRAM} bytes, other bytes as '\\xNN' in single quotes`
  return parsed(expected, (text): Parsed<Uint8Array> => {
    const value = parseBytes(text)
    return value && value.length > 0 && value.length <= MAX_DATAGRAM ? { ok: true, value } : { ok: false, expected }
  })
}

const tcp = table({ type: z.literal('tcp').prefault('tcp').describe('Connects, and closes again.'), ...schedule })

const udp = table({
  type: z.literal('udp').describe('Sends a datagram, and waits for an answer.'),
  ...schedule,
  send: bytes().describe(
    "The datagram. Bytes beyond printable ASCII are written `\\xNN`, in a TOML string in single quotes: `'\\xff\\xff\\xff\\xffgetinfo'`.",
  ),
  expect: bytes()
    .optional()
    .describe('What the answer must begin with, written like `send`. Default: any answer will do.'),
})

const probes = z.discriminatedUnion('type', [tcp, udp], 'a table')

const DEFAULT_TIMEOUT_MS = 1_000

export const check = probes.transform(({ interval, fast_interval, timeout, ...same }) => ({
  ...same,
  intervalMs: interval,
  fastIntervalMs: fast_interval ?? Math.floor(interval / 2),
  timeoutMs: timeout ?? Math.min(DEFAULT_TIMEOUT_MS, interval),
}))

export type Check = z.output<typeof check>
