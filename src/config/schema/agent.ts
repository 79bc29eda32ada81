/** `agent = { … }`: HAProxy's agent-check, asked beside the check. */
import { DEFAULT_TIMEOUT_MS } from './checks/schedule.js'
import { duration, integer, table } from './fields.js'
import { payload } from './payload.js'

/** What a line of the runtime API could set, too. */
export const LONGEST_AGENT_SEND = 1_024

export const agentSend = () => payload(LONGEST_AGENT_SEND)

export const agent = table({
  port: integer(1, 65_535, 'a port from 1 to 65535').describe(
    'Where the agent listens, at the address of each server.',
  ),
  interval: duration({ from: 10 }).prefault('2s').describe('Time from question to question.'),
  timeout: duration({ from: 10 })
    .optional()
    .describe('How long an answer may take. Default: `"1s"`, or `interval` where that is shorter.'),
  send: agentSend()
    .optional()
    .describe('What it is sent first, such as `"db1\\n"`. Default: nothing, it speaks by itself.'),
}).transform(({ port, interval, timeout, send }) => ({
  port,
  intervalMs: interval,
  timeoutMs: timeout ?? Math.min(DEFAULT_TIMEOUT_MS, interval),
  ...(send && { send }),
}))
