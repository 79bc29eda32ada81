/** `check = { type = "patroni", … }` */
import * as z from 'zod'
import { table } from '../fields.js'
import { schedule } from './schedule.js'
import { tls } from './tls.js'

export const patroni = table({
  type: z.literal('patroni').describe('Asks the Patroni beside each PostgreSQL server for its state and role.'),
  ...schedule,
  port: schedule.port.unwrap().prefault(8_008).describe('Where Patroni answers (`restapi.listen`).'),
  tls: tls.optional().describe('Whether, and how, to speak TLS. Default: no.'),
})
