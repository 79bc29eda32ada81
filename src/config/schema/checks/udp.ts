/** `check = { type = "udp", send = … }` */
import * as z from 'zod'
import type { Parsed } from '../../../core/address.js'
import { parseBytes } from '../bytes.js'
import { parsed, table } from '../fields.js'
import { schedule } from './schedule.js'

/** Longest UDP payload over IPv4: 65535 less the headers of IP and UDP. */
const MAX_DATAGRAM = 65_507

function bytes() {
  const expected = `ASCII text of 1 to ${MAX_DATAGRAM} bytes, other bytes as '\\xNN' in single quotes`
  return parsed(expected, (text): Parsed<Uint8Array> => {
    const value = parseBytes(text)
    return value && value.length > 0 && value.length <= MAX_DATAGRAM ? { ok: true, value } : { ok: false, expected }
  })
}

export const udp = table({
  type: z.literal('udp').describe('Sends a datagram, and waits for an answer.'),
  ...schedule,
  send: bytes().describe(
    "The datagram. Bytes beyond printable ASCII are written `\\xNN`, in a TOML string in single quotes: `'\\xff\\xff\\xff\\xffgetinfo'`.",
  ),
  expect: bytes()
    .optional()
    .describe('What the answer must begin with, written like `send`. Default: any answer will do.'),
})
