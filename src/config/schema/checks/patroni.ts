/** `check = { type = "patroni", … }` */
import * as z from 'zod'
import { table } from '../fields.js'
import { schedule } from './schedule.js'
import { tls } from './tls.js'

/** `restapi.listen` in all of Patroni's examples. */
const DEFAULT_PORT = 8_008

export const patroni = table({
  type: z
    .literal('patroni')
    .describe('Asks the Patroni beside each PostgreSQL server for its state and role; on port 8008, or `port`.'),
  ...schedule,
  tls: tls.optional().describe('Whether, and how, to speak TLS. Default: no.'),
}).transform(({ port = DEFAULT_PORT, ...same }) => ({ ...same, port }))
