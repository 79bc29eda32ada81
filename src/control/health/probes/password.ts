/** The password of a probe that logs in: read anew at each probe, so that a rotated one is taken without a reload. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Finding } from './probe.js'

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
export async function readPassword(source: PasswordSource): Promise<string | Finding> {
  try {
    return check('env' in source ? readVariable(source.env) : await readFile(source.file))
  } catch (error) {
    const where = 'env' in source ? `the environment variable ${source.env}` : `the password file ${source.file}`
    return misconfigured(`${where} ${error instanceof Unusable ? error.message : `cannot be read: ${codeOf(error)}`}`)
  }
}

/** What is wrong here and not at the server: no verdict on it. */
export function misconfigured(words: string): Finding {
  return { passed: false, code: 'SOCKERR', reason: 'misconfigured', words }
}

/** Words that go on after the name of the place. */
class Unusable extends Error {}

function readVariable(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Unusable('is not set')
  return value
}

/** A pipe would hold up a thread of the process until somebody writes to it: it is opened without waiting, and refused. */
async function readFile(path: string): Promise<string> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!(await file.stat()).isFile()) throw new Unusable('is not a plain file')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST + 1), 0, LONGEST + 1, 0)
    return buffer.subarray(0, bytesRead).toString('utf8')
  } finally {
    await file?.close()
  }
}

function check(text: string): string {
  if (Buffer.byteLength(text) > LONGEST) throw new Unusable(`is longer than ${LONGEST} bytes`)
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw new Unusable('is empty')
  if (password.includes('\0') || password.includes('\uFFFD')) throw new Unusable('is not text in UTF-8')
  return password
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'no permission',
  EPERM: 'no permission',
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return REASONS[code] ?? code
}
