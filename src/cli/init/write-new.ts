/** Writes a file that is not there yet. */
import { writeFile } from 'node:fs/promises'
import { Failure } from '../failure.js'

const REASONS: Readonly<Record<string, string>> = {
  EEXIST: 'is there already: give another --output, or --force to write over it',
  ENOENT: 'cannot be written: its folder does not exist',
  EACCES: 'cannot be written: permission denied',
  EISDIR: 'is a folder',
}

/** @param mayReplace a file that is there */
export async function writeNew(path: string, text: string, mayReplace: boolean): Promise<void> {
  try {
    await writeFile(path, text, { flag: mayReplace ? 'w' : 'wx' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'EIO'
    throw new Failure(`${path} ${REASONS[code] ?? `cannot be written: ${code}`}`)
  }
}
