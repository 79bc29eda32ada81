/** `check = { type = "postgres", … }` */
import * as z from 'zod'
import { choice, filePath, table } from '../fields.js'
import { credentials, withCredentials } from './credentials.js'
import { schedule } from './schedule.js'

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

const login = {
  database: text('the name of a database', 63).prefault('postgres').describe('Which database to log in to.'),
  query: text('an SQL query of at most 4096 characters', 4_096)
    .optional()
    .describe(
      'A further query: the probe passes only where its first row has a first column that is neither false nor null.',
    ),
  sslmode: choice(SSL_MODES)
    .prefault('prefer')
    .describe(
      'TLS, in the words of libpq. `disable`: none; `allow`: where the server lets nobody in without; `prefer`: where it has it; `require`: always; `verify-ca`: and its certificate comes from a known authority; `verify-full`: and is made out to the host name or address of the server.',
    ),
  sslrootcert: filePath()
    .optional()
    .describe(
      'Certificates of the authorities, PEM; where it is given the certificate is verified in every mode. Default: the public ones that Node.js brings along.',
    ),
  sslcert: filePath().optional().describe('Certificate of the probe itself, PEM, where the server asks for one.'),
  sslkey: filePath().optional().describe('Its private key, PEM, without a passphrase.'),
}

/** Keys that mean nothing where nobody logs in. */
export const POSTGRES_LOGIN_KEYS = Object.keys(login)

const CLIENT_CERTIFICATE = 'both sslcert and sslkey, or none of them'

function text(expected: string, longest: number) {
  return z
    .string(expected)
    .regex(/^[^\0]+$/, expected)
    .max(longest, expected)
    .meta({ expected })
}

export const postgres = table({
  type: z
    .literal('postgres')
    .describe('Asks PostgreSQL whether it answers; with a `user`, for its role, its lag, and a query of your own.'),
  ...schedule,
  ...credentials,
  ...login,
})
  .refine(({ sslcert, sslkey }) => (sslcert === undefined) === (sslkey === undefined), CLIENT_CERTIFICATE)
  .transform((keys) => {
    const { user, password, database, query, sslmode, sslrootcert, sslcert, sslkey, ...same } = withCredentials(keys)
    if (user === undefined) return same
    return { ...same, login: { user, password, database, query, sslmode, sslrootcert, sslcert, sslkey } }
  })
