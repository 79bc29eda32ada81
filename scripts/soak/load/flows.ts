/** UDP clients with one datagram each on its way; a flow of some hundred datagrams, then another from a new port. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isPiece, piece } from '../pattern.js'
import { complain, type Tally } from '../tally.js'

const DATAGRAMS = 300
const HEADER_BYTES = 8
const LONGEST = 1_200
const LOST_AFTER_MS = 500

/** Who sends and the how-many-th it is, then the sender's stream at a place of its own. */
function datagram(seed: number, number: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(seed, 0)
  header.writeUInt32BE(number, 4)
  return Buffer.concat([header, piece(seed, number, lengthOf(number))])
}

function lengthOf(number: number): number {
  return (number * 97) % LONGEST
}

function isOurs(bytes: Buffer, seed: number): boolean {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32BE(0) !== seed) return false
  const number = bytes.readUInt32BE(4)
  const body = bytes.subarray(HEADER_BYTES)
  return body.length === lengthOf(number) && isPiece(body, seed, number)
}

export async function flow(port: number, seed: number, tally: Tally, stopped: AbortSignal): Promise<void> {
  const socket = createSocket('udp4')
  const connected = once(socket, 'connect')
  socket.connect(port, '127.0.0.1')
  await connected
  tally.sessions++
  for (let number = 0; number < DATAGRAMS && !stopped.aborted; number++) {
    socket.send(datagram(seed, number))
    await answered(socket, seed, number, tally)
  }
  socket.close()
}

/** A late answer to an earlier datagram is looked at, too, and waited past. */
function answered(socket: Socket, seed: number, number: number, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(late)
      socket.off('message', onMessage).off('error', finish)
      resolve()
    }
    const onMessage = (bytes: Buffer) => {
      if (!isOurs(bytes, seed)) return complain(tally, 'mismatches', 'a datagram that nobody sent to this client')
      tally.datagrams++
      tally.bytes += bytes.length
      if (bytes.readUInt32BE(4) === number) finish()
    }
    const late = setTimeout(() => {
      tally.lost++
      finish()
    }, LOST_AFTER_MS)
    socket.on('message', onMessage).on('error', finish)
  })
}
