/** `check = { type = "udp", send = … }` */
import * as z from 'zod'
import { table } from '../fields.js'
import { payload } from '../payload.js'
import { schedule } from './schedule.js'

/** Longest UDP payload over IPv4: 65535 less the headers of IP and UDP. */
const MAX_DATAGRAM = 65_507

export const udp = table({
  type: z.literal('udp').describe('Sends a datagram, and waits for an answer.'),
  ...schedule,
  send: payload(MAX_DATAGRAM).describe(
    "The datagram. Bytes beyond printable ASCII are written `\\xNN`, in a TOML string in single quotes: `'\\xff\\xff\\xff\\xffgetinfo'`.",
  ),
  expect: payload(MAX_DATAGRAM)
    .optional()
    .describe('What the answer must begin with, written like `send`. Default: any answer will do.'),
})
