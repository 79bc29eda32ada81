/** What a server said, for the words of a finding. */

const LONGEST_QUOTE = 32

/** The first bytes in the notation of the config: printable ASCII as it is, the rest as `\xNN`. */
export function quote(bytes: Uint8Array, longest = LONGEST_QUOTE): string {
  const text = Array.from(bytes.subarray(0, longest), (byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')
  return bytes.length > longest ? `"${text}"… (${bytes.length} bytes)` : `"${text}"`
}
