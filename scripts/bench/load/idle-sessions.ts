/** Connections that have exchanged one byte and are silent from then on. */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'

/** Opened at the same time: more would overflow an accept queue. */
const AT_ONCE = 100

export interface IdleSessions {
  close(): Promise<void>
}

export async function openIdleSessions(port: number, count: number): Promise<IdleSessions> {
  const sockets: Socket[] = []
  while (sockets.length < count) {
    const batch = Math.min(AT_ONCE, count - sockets.length)
    sockets.push(...(await Promise.all(Array.from({ length: batch }, () => openOne(port)))))
  }
  return {
    async close() {
      const closed = sockets.map((socket) => once(socket, 'close'))
      for (const socket of sockets) socket.resetAndDestroy()
      await Promise.all(closed)
    },
  }
}

async function openOne(port: number): Promise<Socket> {
  const socket = createConnection(port, '127.0.0.1')
  socket.write('x')
  await once(socket, 'data')
  return socket
}
