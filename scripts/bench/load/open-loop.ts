/**
 * HTTP requests at a fixed rate, whether or not earlier ones have been answered, so that a slow proxy cannot slow down
 * its own measurement. Requests go out in bursts, one each millisecond, over lasting connections; each is timed from
 * the moment it is written to the moment its answer is read.
 */
import { once } from 'node:events'
import { createConnection, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const CONNECTIONS = 64
const REQUEST = 'GET / HTTP/1.1\r\nHost: bench\r\n\r\n'
const END_OF_ANSWER = Buffer.from('hello')
const GRACE_MS = 1000

class Connection {
  private readonly written: number[] = []

  constructor(
    private readonly socket: Socket,
    private readonly onAnswer: (milliseconds: number) => void,
  ) {
    socket.on('data', (bytes) => this.read(bytes))
  }

  send(): void {
    this.written.push(performance.now())
    this.socket.write(REQUEST)
  }

  close(): void {
    this.socket.destroy()
  }

  /** An answer is small and arrives whole; several may arrive in one read. */
  private read(bytes: Buffer): void {
    const now = performance.now()
    for (let at = bytes.indexOf(END_OF_ANSWER); at >= 0; at = bytes.indexOf(END_OF_ANSWER, at + 1)) {
      const began = this.written.shift()
      if (began !== undefined) this.onAnswer(now - began)
    }
  }
}

/** @returns latencies in milliseconds, one for each request */
export async function openLoop(port: number, perSecond: number, seconds: number): Promise<Float64Array> {
  const total = Math.floor(perSecond * seconds)
  const latencies = new Float64Array(total)
  let answered = 0
  const onAnswer = (milliseconds: number) => {
    latencies[answered++] = milliseconds
  }
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(port, onAnswer)))
  await sendOnSchedule(connections, perSecond, total)
  for (let waited = 0; answered < total && waited < GRACE_MS; waited += 10) await sleep(10)
  for (const connection of connections) connection.close()
  if (answered < total) throw new Error(`${total - answered} of ${total} requests at ${perSecond}/s had no answer`)
  return latencies
}

async function connect(port: number, onAnswer: (milliseconds: number) => void): Promise<Connection> {
  const socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  return new Connection(socket, onAnswer)
}

function sendOnSchedule(connections: readonly Connection[], perSecond: number, total: number): Promise<void> {
  return new Promise((resolve) => {
    const began = performance.now()
    let sent = 0
    const burst = setInterval(() => {
      const due = Math.min(total, Math.floor(((performance.now() - began) / 1000) * perSecond))
      while (sent < due) connections[sent++ % connections.length]?.send()
      if (sent < total) return
      clearInterval(burst)
      resolve()
    }, 1)
  })
}
