/** `check = { type = "redis", … }` */
import * as z from 'zod'
import { durationOrOff, table } from '../fields.js'
import { credentials, withCredentials } from './credentials.js'
import { schedule } from './schedule.js'
import { tls } from './tls.js'

export const redis = table({
  type: z.literal('redis').describe('Asks Redis whether it serves, and for its role.'),
  ...schedule,
  ...credentials,
  tls: tls.optional().describe('Whether, and how, to speak TLS. Default: no.'),
  primary_after: durationOrOff({ from: 1_000, to: 3_600_000, wholeSeconds: true })
    .prefault('off')
    .describe(
      'A server that has run for less is not believed to be the primary. With Sentinel, which takes some 10 s to make a former primary that comes back a replica, `"20s"` lets writes stay where they are meanwhile.',
    ),
}).transform(({ primary_after, ...same }) => ({ ...withCredentials(same), primaryAfterMs: primary_after }))
