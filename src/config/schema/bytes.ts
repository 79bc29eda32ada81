/** Bytes in a TOML string: printable ASCII as it is, everything else as `\xNN`. */

const TOKEN = /\\x([0-9a-fA-F]{2})|\\([\\nrt0])|([^\\\u0080-\uffff])/y

const ESCAPES: Readonly<Record<string, number>> = { '\\': 0x5c, n: 0x0a, r: 0x0d, t: 0x09, 0: 0 }

/** The bytes, or undefined when `text` has another escape, a lone backslash, or a character beyond ASCII. */
export function parseBytes(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)
    if (!token) return undefined
    const [, hex, letter, plain] = token
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else bytes.push(letter === undefined ? (plain ?? '').charCodeAt(0) : (ESCAPES[letter] ?? 0))
  }
  return Uint8Array.from(bytes)
}

/** The text that parseBytes reads as these bytes. */
export function bytesText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    if (byte === 0x5c) return '\\\\'
    const isPrintable = byte >= 0x20 && byte < 0x7f
    return isPrintable ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }).join('')
}
