/**
 * The way in: a path to a typed Config, or to every error at once. Importing this costs nothing: the parser and the
 * schema library are loaded by the first call.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { decode, MAX_BYTES, tooBig } from './decode.js'
import type { ConfigError } from './errors.js'
import type { ConfigOptions, ConfigResult } from './parse.js'

export type { Backend, CheckConfig, Config, ConfigCounts, Frontend, Runtime } from './config.js'
export type { ConfigOptions, ConfigResult } from './parse.js'

/** Never rejects for what is in the file, nor for a file that cannot be read. */
export async function loadConfig(path: string, options: ConfigOptions): Promise<ConfigResult> {
  const bytes = await readBytes(path)
  return bytes instanceof Uint8Array ? readConfig(bytes, path, options) : { ok: false, errors: [bytes] }
}

/** @param source the text of a config, or its bytes as they came from a file; @param file what errors call it */
export async function readConfig(
  source: string | Uint8Array,
  file: string,
  options: ConfigOptions,
): Promise<ConfigResult> {
  const text = decode(typeof source === 'string' ? new TextEncoder().encode(source) : source, file)
  if (typeof text !== 'string') return { ok: false, errors: [text] }
  const { parseConfig } = await import('./parse.js')
  return parseConfig(text, file, options)
}

/** Reads no further than the limit, so that a log file or /dev/zero given by mistake does no harm. */
async function readBytes(path: string): Promise<Uint8Array | ConfigError> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    const { size } = await file.stat()
    if (size > MAX_BYTES) return tooBig(size, path)
    return await readUpTo(file, MAX_BYTES + 1)
  } catch (error) {
    return unreadable(path, error)
  } finally {
    await file?.close()
  }
}

async function readUpTo(file: FileHandle, limit: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(limit)
  let length = 0
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, limit - length, null)
    length += bytesRead
    if (bytesRead === 0 || length === limit) return bytes.subarray(0, length)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'a file that may not be read',
  EISDIR: 'a directory',
}

function unreadable(file: string, error: unknown): ConfigError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return { file, path: '', found: REASONS[code] ?? `the error ${code}`, expected: 'a readable config file' }
}
