/** A DNS server over UDP that answers A and AAAA as the test says: RFC 1035, one question, no compression but its own. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { InetAddress } from '../../../src/core/address.js'
import { parseIp } from '../../../src/core/ip.js'

export interface Zone {
  readonly A?: readonly string[]
  readonly AAAA?: readonly string[]
  /** Seconds. */
  readonly ttl?: number
  /** 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly rcode?: number
  /** Questions that are met with silence. */
  readonly silent?: readonly ('A' | 'AAAA')[]
}

const TYPES = { 1: 'A', 28: 'AAAA' } as const
const QUESTION_AT = 12

export class SmallDns {
  /** Every question so far, as `A db.test`. */
  readonly asked: string[] = []
  private constructor(
    private readonly socket: Socket,
    /** By lower-case name; a name that is not there does not exist. */
    readonly zones: Map<string, Zone>,
  ) {
    socket.on('message', (query, from) => {
      const reply = this.answer(query)
      if (reply) socket.send(reply, from.port, from.address)
    })
  }

  static async start(zones: Readonly<Record<string, Zone>>): Promise<SmallDns> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new SmallDns(socket, new Map(Object.entries(zones)))
  }

  get address(): InetAddress {
    return { family: 4, host: '127.0.0.1', port: this.socket.address().port }
  }
  stop(): void {
    this.socket.close()
  }

  private answer(query: Buffer): Buffer | undefined {
    const { name, end } = readName(query)
    const type = TYPES[query.readUInt16BE(end) as keyof typeof TYPES] // nothing else is asked for in these tests
    this.asked.push(`${type} ${name}`)
    const zone = this.zones.get(name.toLowerCase())
    if (zone?.silent?.includes(type)) return undefined
    const rcode = zone ? (zone.rcode ?? 0) : 3
    const addresses = rcode === 0 ? (zone?.[type] ?? []) : []
    const header = Buffer.from(query.subarray(0, QUESTION_AT))
    header.writeUInt16BE(0x8180 | rcode, 2) // a recursive answer
    header.writeUInt16BE(addresses.length, 6)
    header.writeUInt32BE(0, 8)
    const records = addresses.map((address) => record(type, address, zone?.ttl ?? 60))
    return Buffer.concat([header, query.subarray(QUESTION_AT, end + 4), ...records])
  }
}

function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = []
  let at = QUESTION_AT
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.'), end: at + 1 }
}

function record(type: 'A' | 'AAAA', address: string, ttl: number): Buffer {
  const bytes = parseIp(address) ?? new Uint8Array()
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc000 | QUESTION_AT, 0) // the name of the question
  head.writeUInt16BE(type === 'A' ? 1 : 28, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(ttl, 6)
  head.writeUInt16BE(bytes.length, 10)
  return Buffer.concat([head, bytes])
}
