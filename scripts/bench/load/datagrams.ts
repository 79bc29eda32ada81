/** UDP clients that each keep one datagram on its way, and echo servers for them. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Servers } from '../workloads/workload.js'

/** A datagram not answered in this time is lost: its client sends another. */
const LOST_AFTER_MS = 200

/** Numeric addresses only: Node's own lookup would cost a turn of the loop for each datagram. */
function openSocket(): Socket {
  return createSocket({
    type: 'udp4',
    lookup: (host, _options, onFound) => onFound(null, host, 4),
    recvBufferSize: 1 << 20,
    sendBufferSize: 1 << 20,
  })
}

export async function startDatagramServers(count = 3): Promise<Servers> {
  const sockets = Array.from({ length: count }, () => {
    const socket = openSocket()
    return socket.on('message', (bytes, from) => socket.send(bytes, from.port, from.address))
  })
  for (const socket of sockets) {
    // its own lookup answers at once, and so does bind
    const listening = once(socket, 'listening')
    socket.bind(0, '127.0.0.1')
    await listening
  }
  return {
    ports: sockets.map((socket) => socket.address().port),
    async stop() {
      for (const socket of sockets) socket.close()
    },
  }
}

class Client {
  private constructor(
    private readonly socket: Socket,
    private readonly payload: Buffer,
    private sentAt = 0,
  ) {}

  static async open(port: number, payload: Buffer, onEcho: () => void): Promise<Client> {
    const socket = openSocket()
    const connected = once(socket, 'connect')
    socket.connect(port, '127.0.0.1')
    await connected
    const client = new Client(socket, payload)
    socket.on('message', () => {
      onEcho()
      client.send()
    })
    // a refusal is a lost datagram
    socket.on('error', () => {})
    return client
  }

  send(): void {
    this.sentAt = performance.now()
    this.socket.send(this.payload)
  }

  sendAgainIfLost(): boolean {
    if (performance.now() - this.sentAt < LOST_AFTER_MS) return false
    this.send()
    return true
  }

  close(): void {
    this.socket.close()
  }
}

export interface Echoes {
  readonly echoes: number
  readonly lost: number
}

export interface DatagramClients {
  /** So far. */
  seen(): Echoes
  close(): void
}

/** The clients begin at once and go on until closed. */
export async function openDatagramClients(port: number, count: number, bytes: number): Promise<DatagramClients> {
  let echoes = 0
  let lost = 0
  const payload = Buffer.alloc(bytes, 'headgate')
  const opening = Array.from({ length: count }, () => Client.open(port, payload, () => echoes++))
  const clients = await Promise.all(opening)
  for (const [i, client] of clients.entries()) {
    client.send()
    // one burst of all first datagrams would only overflow buffers
    if (i % 50 === 49) await sleep(5)
  }
  const sweep = setInterval(() => {
    for (const client of clients) if (client.sendAgainIfLost()) lost++
  }, LOST_AFTER_MS)
  return {
    seen: () => ({ echoes, lost }),
    close() {
      clearInterval(sweep)
      for (const client of clients) client.close()
    },
  }
}
