/** `check = { type = "tcp" }` */
import * as z from 'zod'
import { table } from '../fields.js'
import { schedule } from './schedule.js'

export const tcp = table({
  type: z.literal('tcp').prefault('tcp').describe('Connects, and closes again.'),
  ...schedule,
})
