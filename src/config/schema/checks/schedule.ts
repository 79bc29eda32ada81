/** The keys that the checks of every type have. */
import { duration, integer } from '../fields.js'

/** Of a probe that says nothing of its timeout, unless its interval is shorter. */
export const DEFAULT_TIMEOUT_MS = 1_000

export const schedule = {
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
