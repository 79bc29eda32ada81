/** A TCP server that gives back every byte. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Servers } from '../workloads/workload.js'

export async function startEchoServer(): Promise<Servers> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    socket.pipe(socket)
  }).listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  await once(server, 'listening')
  // a listening TCP server's address is never a string
  const { port } = server.address() as AddressInfo
  return {
    ports: [port],
    async stop() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
