/** The keys of checks that log in. A password itself never stands in the config: only where it is kept. */
import * as z from 'zod'
import { filePath } from '../fields.js'

/** Checks where a password alone will do; elsewhere it asks for a user. What a check may not have together is a rule. */
export const PASSWORD_ALONE: readonly string[] = ['redis']

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

export const credentials = {
  user: nonEmpty('a user name of 1 to 128 characters')
    .optional()
    .describe('Who the probe logs in as. Default: nobody.'),
  password_file: filePath()
    .optional()
    .describe(
      'A file with the password and nothing else. It is read at each probe, so a rotated password needs no reload.',
    ),
  password_env: variable()
    .optional()
    .describe('The environment variable of the daemon that holds the password, in place of a file.'),
}

function nonEmpty(expected: string) {
  return z
    .string(expected)
    .regex(/^[^\0]{1,128}$/s, expected)
    .meta({ expected })
}

function variable() {
  const expected = 'the name of an environment variable, such as "MONITOR_PASSWORD"'
  return z.string(expected).regex(VARIABLE, expected).meta({ expected })
}

interface Keys {
  readonly user?: string | undefined
  readonly password_file?: string | undefined
  readonly password_env?: string | undefined
}

/** For a check's `transform`: `user`, and `password` that says where the password is kept; absent where not given. */
export function withCredentials<Check extends Keys>({ user, password_file, password_env, ...same }: Check) {
  return {
    ...same,
    ...(user !== undefined && { user }),
    ...(password_file !== undefined && { password: { file: password_file } }),
    ...(password_env !== undefined && { password: { env: password_env } }),
  }
}
