/** `check = { type = "mysql", user = … }` */
import * as z from 'zod'
import { flag, table } from '../fields.js'
import { credentials, withCredentials } from './credentials.js'
import { schedule } from './schedule.js'
import { tls } from './tls.js'

/** MySQL's names have 64 characters at most. */
const DATABASE = 'a database name of 1 to 64 characters'

export const mysql = table({
  type: z.literal('mysql').describe('Logs in to MySQL or MariaDB, and asks for role, lag and Galera state.'),
  ...schedule,
  ...credentials,
  user: credentials.user.describe(
    'Who the probe logs in as. Default: `headgate`, without a password; a refusal then shows that the server is alive.',
  ),
  database: z
    .string(DATABASE)
    .regex(/^[^\0]{1,64}$/s, DATABASE)
    .meta({ expected: DATABASE })
    .optional()
    .describe('Database to log in to. Default: none.'),
  query: z
    .string('a statement of SQL')
    .regex(/^[^\0]*\S[^\0]*$/s, 'a statement of SQL')
    .meta({ expected: 'a statement of SQL' })
    .optional()
    .describe(
      'Passes when the first column of its first row is neither NULL, zero nor `false`. Default: none is asked.',
    ),
  galera: flag()
    .optional()
    .describe(
      '`true`: the server must be a node of Galera that is synced and ready; `false`: whether it is does not matter. Default: a node must be ready, another server need not be a node.',
    ),
  donor: flag()
    .prefault(false)
    .describe('A node of Galera that gives its state to another (`wsrep_local_state` 2) serves all the same.'),
  tls: tls.optional().describe('Whether, and how, to speak TLS. Default: no.'),
}).transform(withCredentials)
