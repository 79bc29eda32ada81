/** A TCP server inside the test that gives back what it gets. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export interface TcpServer {
  readonly port: number
  close(): Promise<void>
}

export async function startEchoServer(port = 0): Promise<TcpServer> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy())
    socket.pipe(socket)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    // a listening TCP server's address is never a string
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
