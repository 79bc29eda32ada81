/** The state file on the disk: read with suspicion, written whole or not at all. */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MOST_BYTES, type ParsedState, parseState } from './document.js'

export type FoundState = ParsedState | 'none'

const NO_FILE = 'it is no regular file'

/** Never rejects: what is in the way is told as `why`. */
export async function readState(path: string): Promise<FoundState> {
  let file: FileHandle | undefined
  try {
    // a pipe in its place must not make the start wait for a writer
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const why = await distrust(file)
    if (why !== undefined) return { ok: false, why }
    return parseState(await file.readFile())
  } catch (error) {
    const code = codeOf(error)
    return code === 'ENOENT' ? 'none' : { ok: false, why: `it cannot be read: ${code}` }
  } finally {
    await file?.close()
  }
}

/** Whoever can write the file steers the balancer at its next start. */
async function distrust(file: FileHandle): Promise<string | undefined> {
  const stat = await file.stat()
  if (!stat.isFile()) return NO_FILE
  if (stat.size > MOST_BYTES) return `it has ${stat.size} bytes, more than any that headgate writes`
  const self = process.geteuid?.()
  if (self !== undefined && stat.uid !== self && stat.uid !== 0) return `it belongs to another user (uid ${stat.uid})`
  return (stat.mode & 0o022) === 0 ? undefined : 'others than its owner may write it'
}

/**
 * Replaces the file in one step; when the power fails, the old one or the new one is there. Mode 0600. Rejects with the
 * system's error, and the old file stands.
 */
export async function writeState(path: string, text: string): Promise<void> {
  await beside(path, async (temporary) => {
    await writeDurably(temporary, text)
    await rename(temporary, path)
  })
  await syncFolder(dirname(path))
}

/** Writes and removes a file beside it, whose folder is made. Rejects with what a write of the state would reject with. */
export function tryState(path: string): Promise<void> {
  return beside(path, async (temporary) => {
    const file = await open(temporary, 'wx', 0o600)
    await file.close()
    await rm(temporary)
  })
}

/** @param use makes the temporary file, and brings it where it belongs: when that fails, it does not stay */
async function beside(path: string, use: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  if (await isOther(path)) throw new Error(NO_FILE)
  try {
    await makeFolder(dirname(path))
    await rm(temporary, { force: true })
    await use(temporary)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** When the folder above it is there. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o755 }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
}

async function writeDurably(path: string, text: string): Promise<void> {
  // `wx` follows no link that somebody put there
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Makes the new name durable: fsync(2). Not every file system can, and the file is good without. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path).catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}

/** A folder, a device or a socket: put there by mistake, and somebody's own, so it is neither moved nor replaced. */
async function isOther(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && !found.isFile()
}

/** Gives a file that cannot be used another name, and returns that. Rejects with the system's error. */
export async function setAside(path: string, now: number): Promise<string> {
  if (await isOther(path)) throw new Error('only files are')
  const time = new Date(now).toISOString().replace(/[-:]/g, '').replace('.', '')
  const aside = `${path}.unusable-${time}`
  await rename(path, aside)
  return aside
}

/** `EACCES`; the message of an error that has no code. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? String(error.code) : error.message
}
