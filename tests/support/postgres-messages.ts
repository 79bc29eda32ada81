/** What a PostgreSQL server says, for servers that are none. Source: PostgreSQL's manual, "Message Formats". */

function message(type: string, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part)))
  const length = Buffer.alloc(4)
  length.writeInt32BE(4 + body.length)
  return Buffer.concat([Buffer.from(type), length, body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** @param kind 0: you are in; 3: your password, in clear; 7: GSSAPI; 10: SCRAM */
export const authentication = (kind: number) => message('R', int32(kind))
export const ready = message('Z', 'I')
export const loggedIn = Buffer.concat([authentication(0), ready])
/** @param state SQLSTATE */
export const refusal = (state: string, words: string) => message('E', `SFATAL\0VFATAL\0C${state}\0M${words}\0\0`)
/** Without the byte that ends its list. */
export const endlessRefusal = message('E', 'SFATAL')
/** More columns than there are. */
export const shortRow = message('D', Uint8Array.of(0x7f, 0xff))
export const negativeRow = message('D', Uint8Array.of(0x80, 0))
