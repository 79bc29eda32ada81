/** What a MySQL server says, for servers that are none. Source: MySQL's source documentation, "Client/Server Protocol". */

export const mysqlPacket = (sequence: number, payload: Uint8Array) =>
  Buffer.concat([Buffer.from([payload.length & 0xff, payload.length >> 8, 0, sequence]), payload])

/** As MySQL 8 sends it. */
export const mysqlGreeting = mysqlPacket(
  0,
  Buffer.concat([
    Buffer.from('\x0a8.0.36\0'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('saltsalt\0'),
    Buffer.from([0xff, 0xff, 45, 2, 0, 0xff, 0x8f, 21]), // with TLS
    Buffer.alloc(10),
    Buffer.from('saltsaltsalt\0mysql_native_password\0'),
  ]),
)

export const mysqlError = (errno: number, message: string) =>
  Buffer.concat([Buffer.from([0xff, errno & 0xff, errno >> 8]), Buffer.from(message)])
