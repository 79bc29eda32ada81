/** Bytes that are sent, or expected: ASCII as it is, the rest as `\xNN`. */
import type { Parsed } from '../../core/address.js'
import { parseBytes } from './bytes.js'
import { parsed } from './fields.js'

/** 1 to `most` bytes. */
export function payload(most: number) {
  const expected = `ASCII text of 1 to ${most} bytes, other bytes as '\\xNN' in single quotes`
  return parsed(expected, (text): Parsed<Uint8Array> => {
    const value = parseBytes(text)
    return value && value.length > 0 && value.length <= most ? { ok: true, value } : { ok: false, expected }
  })
}
