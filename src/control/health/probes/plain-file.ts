/** A file that the config names and a probe needs: a password, a certificate. */
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { FileReads, Unusable } from './file-reads.js'
import type { Attempt } from './probe.js'

const reads = new FileReads(readNow)

/**
 * The file as it is now. Throws `Unusable`, also when half of the attempt's time is up.
 * @param longest bytes
 */
export function readPlainFile(
  path: string,
  longest: number,
  attempt: Pick<Attempt<unknown>, 'timeoutMs' | 'signal'>,
): Promise<Buffer> {
  return reads.read(path, longest, attempt)
}

/** A pipe would hold up a thread of the process until somebody writes to it: it is opened without waiting, and refused. */
async function readNow(path: string, longest: number): Promise<Buffer> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!(await file.stat()).isFile()) throw new Unusable('is not a plain file')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longest + 1), 0, longest + 1, 0)
    if (bytesRead > longest) throw new Unusable(`is longer than ${longest} bytes`)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    throw error instanceof Unusable ? error : new Unusable(`cannot be read: ${reasonOf(error)}`)
  } finally {
    await file?.close()
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EACCES: 'no permission',
  EPERM: 'no permission',
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return REASONS[code] ?? code
}
