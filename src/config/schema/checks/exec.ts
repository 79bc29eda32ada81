/** `check = { type = "exec", command = [ … ] }` */
import * as z from 'zod'
import { table } from '../fields.js'
import { schedule } from './schedule.js'

const COMMAND = 'an array of an absolute path and its arguments, such as ["/usr/local/bin/is-alive", "--quick"]'

export const exec = table({
  type: z.literal('exec').describe('Runs a command: exit code 0 passes.'),
  ...schedule,
  command: z
    .array(z.string(COMMAND).regex(/^[^\0]*$/, COMMAND), COMMAND)
    .max(100, COMMAND)
    .refine(([file]) => file?.startsWith('/') && !file.endsWith('/'), COMMAND)
    .meta({ expected: COMMAND })
    .describe('The program and its arguments. No shell sees them.'),
})
