/** Bytes of a config file to text, or the reason why they are none. */
import type { ConfigError } from './errors.js'

/** A config is written by hand: anything bigger is another file by mistake. */
export const MAX_BYTES = 1024 * 1024

const LF = 0x0a

/** @returns the text without a byte order mark, or the error */
export function decode(bytes: Uint8Array, file: string): string | ConfigError {
  if (bytes.length > MAX_BYTES) return tooBig(bytes.length, file)
  const nul = bytes.indexOf(0)
  if (nul >= 0) return notText(bytes, nul, file)
  const text = decodeUtf8(bytes)
  return text ?? badUtf8(bytes, file)
}

/** @param size bytes of the file */
export function tooBig(size: number, file: string): ConfigError {
  return { file, path: '', found: `${size} bytes`, expected: `at most ${MAX_BYTES} bytes (1 MiB)` }
}

function notText(bytes: Uint8Array, nul: number, file: string): ConfigError {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  return {
    file,
    ...position(bytes, nul),
    path: '',
    found: isUtf16 ? 'UTF-16 text' : 'a NUL byte: this is a binary file',
    expected: 'a TOML file in UTF-8',
    ...(isUtf16 ? { fix: 'save the file as UTF-8' } : {}),
  }
}

function badUtf8(bytes: Uint8Array, file: string): ConfigError {
  const found = 'bytes that are not UTF-8'
  return { file, ...firstBadLine(bytes), path: '', found, expected: 'UTF-8 text', fix: 'save the file as UTF-8' }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Line feeds never stand inside a character of UTF-8, so each line can be tried alone. */
function firstBadLine(bytes: Uint8Array): { line: number; column: number } {
  let line = 1
  let start = 0
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
    if (decodeUtf8(bytes.subarray(start, end)) === undefined) break
    line++
    start = end + 1
  }
  return { line, column: 1 }
}

function position(bytes: Uint8Array, at: number): { line: number; column: number } {
  const before = bytes.subarray(0, at)
  const line = before.reduce((count, byte) => count + (byte === LF ? 1 : 0), 1)
  return { line, column: at - before.lastIndexOf(LF) }
}
