/** Streams at full speed, up (client to server) or down (server to client). The client says which with its first byte. */
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import type { Servers } from '../workloads/workload.js'

export const DIRECTIONS = ['up', 'down'] as const
export type Direction = (typeof DIRECTIONS)[number]

const STREAMS = 2
const CHUNK = Buffer.alloc(128 * 1024, 'headgate')

export interface BulkServer extends Servers {
  /** Bytes that have come up to it so far. */
  received(): number
}

export async function startBulkServer(): Promise<BulkServer> {
  let received = 0
  const server = createServer((socket) => {
    socket.once('data', (first) => {
      if (first.toString('latin1', 0, 1) === 'd') pour(socket)
    })
    socket.on('data', (bytes) => {
      received += bytes.length
    })
    socket.on('error', () => socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // a listening TCP server's address is never a string
  const { port } = server.address() as AddressInfo
  return {
    ports: [port],
    received: () => received,
    async stop() {
      server.close()
    },
  }
}

export interface Streams {
  /** Bytes that have come down so far. */
  received(): number
  stop(): void
}

export function openStreams(port: number, direction: Direction): Streams {
  let received = 0
  const onread = {
    // one buffer for all reads: nothing is allocated for each
    buffer: Buffer.alloc(CHUNK.length),
    callback(bytes: number) {
      received += bytes
      return true
    },
  }
  const sockets = Array.from({ length: STREAMS }, () => {
    const socket = createConnection({ host: '127.0.0.1', port, onread })
    socket.on('error', () => socket.destroy())
    if (direction === 'up') pour(socket)
    else socket.write('d')
    return socket
  })
  return {
    received: () => received,
    stop: () => sockets.forEach((socket) => void socket.destroy()),
  }
}

function pour(socket: Socket): void {
  const more = () => {
    while (!socket.destroyed && socket.write(CHUNK));
  }
  socket.on('drain', more)
  more()
}
