/**
 * MySQL's packets: three bytes of length, a sequence number, the payload.
 * Source: MySQL's source documentation, "MySQL Packets".
 */

export const HEADER_BYTES = 4

/** First byte of a payload. */
export const OK = 0x00
export const SWITCH_PLUGIN = 0xfe
export const ERROR = 0xff

export function packet(sequence: number, payload: Uint8Array): Buffer {
  const header = Buffer.from([
    payload.length & 0xff,
    (payload.length >> 8) & 0xff,
    payload.length >> 16,
    sequence & 0xff,
  ])
  return Buffer.concat([header, payload])
}

/** Cuts what arrives into packets. */
export class PacketReader {
  private rest: Buffer = Buffer.alloc(0)

  /** @param longest bytes of a payload; whoever announces more does not speak MySQL, or is not asked for so much */
  constructor(private readonly longest: number) {}

  /** The packets that are whole now, each a copy with its header; undefined when one would be too long. */
  read(chunk: Uint8Array): readonly Buffer[] | undefined {
    this.rest = Buffer.concat([this.rest, chunk])
    const packets: Buffer[] = []
    while (this.rest.length >= HEADER_BYTES) {
      const length = this.rest.readUIntLE(0, 3)
      if (length > this.longest) return undefined
      const end = HEADER_BYTES + length
      if (this.rest.length < end) break
      packets.push(Buffer.from(this.rest.subarray(0, end)))
      this.rest = this.rest.subarray(end)
    }
    return packets
  }
}
