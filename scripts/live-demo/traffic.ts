/** Clients that come, exchange a few messages, check that the answers are theirs, and go. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { FLOW_IDLE_MS } from './servers.js'

const CLIENTS = 4
const MESSAGES = 5
const PAUSE_MS = 20
const ANSWER_WITHIN_MS = 2_000
const KEEP_PORT_MS = FLOW_IDLE_MS + 1_000

/** What the clients saw themselves. */
export interface Tally {
  sessions: number
  /** Answers that did not come, or were not what the server was asked. */
  failures: number
  bytesSent: number
  bytesReceived: number
}

export interface Traffic {
  readonly tcp: Readonly<Tally>
  readonly udp: Readonly<Tally>
  /** Lets every session end in order. */
  stop(): Promise<void>
}

type Session = (port: number, tally: Tally) => Promise<void>

export function startTraffic(tcpPort: number, udpPort: number): Traffic {
  const stopped = new AbortController()
  const tcp = newTally()
  const udp = newTally()
  const clients = Array.from({ length: CLIENTS }, () => [
    keepComing(tcpSession, tcpPort, tcp, stopped.signal),
    keepComing(udpSession, udpPort, udp, stopped.signal),
  ])
  return {
    tcp,
    udp,
    async stop() {
      stopped.abort()
      await Promise.all(clients.flat())
    },
  }
}

function newTally(): Tally {
  return { sessions: 0, failures: 0, bytesSent: 0, bytesReceived: 0 }
}

async function keepComing(session: Session, port: number, tally: Tally, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    tally.sessions++
    await session(port, tally).catch(() => tally.failures++)
    await sleep(PAUSE_MS)
  }
}

const tcpSession: Session = async (port, tally) => {
  const socket = createConnection(port, '127.0.0.1')
  await once(socket, 'connect')
  await exchange(tally, async (message) => {
    socket.write(message)
    const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    return String(answer)
  })
  socket.end().resume()
  await once(socket, 'close')
}

const udpSession: Session = async (port, tally) => {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  await exchange(tally, async (message) => {
    socket.send(message)
    const [answer] = await once(socket, 'message', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    return String(answer)
  }).finally(() => closeLater(socket))
}

/** A port is kept until its flow has ended: to a balancer the next client on it would be the same one. */
function closeLater(socket: Socket): void {
  socket.unref()
  setTimeout(() => socket.close(), KEEP_PORT_MS).unref()
}

async function exchange(tally: Tally, ask: (message: string) => Promise<string>): Promise<void> {
  for (let number = 1; number <= MESSAGES; number++) {
    const message = `message ${number} of ${MESSAGES}`
    tally.bytesSent += message.length
    const answer = await ask(message)
    tally.bytesReceived += answer.length
    if (!answer.endsWith(`: ${message}`)) throw new Error(`${message} was answered with ${answer}`)
    await sleep(PAUSE_MS)
  }
}
