/** `check = { type = "agent", … }` */
import * as z from 'zod'
import { agentSend } from '../agent.js'
import { table } from '../fields.js'
import { schedule } from './schedule.js'

export const agent = table({
  type: z.literal('agent').describe("Asks an agent in HAProxy's agent-check protocol: one line, such as `up 75%`."),
  ...schedule,
  send: agentSend()
    .optional()
    .describe('What it is sent first, such as `"db1\\n"`. Default: nothing, it speaks by itself.'),
})
