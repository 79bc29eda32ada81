/** A datagram whose sender has no port (RFC 768: zero where none is given). Only a raw socket can send one. */
import { AF_INET } from '../../src/native/constants.js'
import { close, connect, sendBytes, socket } from '../../src/native/libc.js'
import { encodeAddress } from '../../src/native/sockaddr.js'

const SOCK_RAW = 3
const IPPROTO_UDP = 17
const HEADER_BYTES = 8

/** To this port of 127.0.0.1. False where this process may open no raw socket. */
export function sendFromPortZero(port: number, payload: Uint8Array): boolean {
  const fd = socket(AF_INET, SOCK_RAW, IPPROTO_UDP)
  if (fd < 0) return false
  const { region, length } = encodeAddress({ family: 4, bytes: Uint8Array.of(127, 0, 0, 1), port: 0 })
  // source port and checksum stay zero
  const packet = Buffer.alloc(HEADER_BYTES + payload.length)
  packet.writeUInt16BE(port, 2)
  packet.writeUInt16BE(packet.length, 4)
  packet.set(payload, HEADER_BYTES)
  const isSent = connect(fd, region.address, length) === 0 && sendBytes(fd, packet, packet.length, 0) === packet.length
  close(fd)
  return isSent
}
