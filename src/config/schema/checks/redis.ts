/** `check = { type = "redis", … }` */
import * as z from 'zod'
import { table } from '../fields.js'
import { credentials, withCredentials } from './credentials.js'
import { schedule } from './schedule.js'
import { tls } from './tls.js'

export const redis = table({
  type: z.literal('redis').describe('Asks Redis whether it serves, and for its role.'),
  ...schedule,
  ...credentials,
  tls: tls.optional().describe('Whether, and how, to speak TLS. Default: no.'),
}).transform(withCredentials)
