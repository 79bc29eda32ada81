/** The servers of the demo: each gives back what it gets, with its name before it, and counts its sessions. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

export const NAMES = ['a', 'b', 'c'] as const

export interface DemoServer {
  readonly name: string
  readonly address: string
  /** Sessions that have sent something: probes that only connect are not among them. */
  sessions(): number
  close(): void
}

export async function startTcpServer(name: string): Promise<DemoServer> {
  let sessions = 0
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy())
    socket.once('data', () => sessions++)
    socket.on('data', (bytes) => socket.write(`${name}: ${bytes}`)).on('end', () => socket.end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // a listening TCP server's address is never a string
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  return { name, address: `127.0.0.1:${port}`, sessions: () => sessions, close }
}

/** After this time without a datagram a flow ends, in milliseconds. */
export const FLOW_IDLE_MS = 2_000

/**
 * headgate has a socket of its own towards the server for each flow, so each sender is one; a port that comes again after
 * its flow has ended is another.
 */
export async function startUdpServer(name: string): Promise<DemoServer> {
  let sessions = 0
  const lastSeen = new Map<number, number>()
  const note = (port: number) => {
    const now = performance.now()
    if (now - (lastSeen.get(port) ?? Number.NEGATIVE_INFINITY) >= FLOW_IDLE_MS) sessions++
    lastSeen.set(port, now)
  }
  const socket = createSocket('udp4')
  socket.on('message', (bytes, { port, address }) => {
    if (bytes.toString() !== 'probe') note(port)
    socket.send(bytes.toString() === 'probe' ? bytes : `${name}: ${bytes}`, port, address)
  })
  await once(socket.bind(0, '127.0.0.1'), 'listening')
  return {
    name,
    address: `127.0.0.1:${socket.address().port}`,
    sessions: () => sessions,
    close: () => socket.close(),
  }
}
