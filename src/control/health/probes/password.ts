/** The password of a probe that logs in: read anew at each probe, so that a rotated one is taken without a reload. */
import { Unusable } from './file-reads.js'
import { readPlainFile } from './plain-file.js'
import type { Attempt, Finding } from './probe.js'

/** Where the password is kept; it is never part of the settings. */
export type PasswordSource =
  | {
      /** An absolute path. */
      readonly file: string
    }
  | {
      /** The name of an environment variable of the daemon. */
      readonly env: string
    }

/** Bytes; a token that serves as a password takes two thousand. */
const LONGEST = 16_384

/** The password without its line end; or, when there is none to be had, what the probe then found. Never rejects. */
export async function readPassword(
  source: PasswordSource,
  attempt: Pick<Attempt<unknown>, 'timeoutMs' | 'signal'>,
): Promise<string | Finding> {
  try {
    return check(
      'env' in source
        ? readVariable(source.env)
        : (await readPlainFile(source.file, LONGEST, attempt)).toString('utf8'),
    )
  } catch (error) {
    const where = 'env' in source ? `the environment variable ${source.env}` : `the password file ${source.file}`
    return misconfigured(`${where} ${error instanceof Unusable ? error.message : String(error)}`)
  }
}

/** What is wrong here and not at the server: no verdict on it. */
export function misconfigured(words: string): Finding {
  return { passed: false, code: 'SOCKERR', reason: 'misconfigured', words }
}

function readVariable(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Unusable('is not set')
  return value
}

function check(text: string): string {
  if (Buffer.byteLength(text) > LONGEST) throw new Unusable(`is longer than ${LONGEST} bytes`)
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw new Unusable('is empty')
  if (password.includes('\0') || password.includes('\uFFFD')) throw new Unusable('is not text in UTF-8')
  return password
}
