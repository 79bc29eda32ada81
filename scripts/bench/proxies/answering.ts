/** Waiting until a proxy that has just been started passes something on. */
import { createSocket } from 'node:dgram'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Protocol } from './contender.js'

const PATIENCE_MS = 10_000
const BETWEEN_TRIES_MS = 20

export async function untilAnswering(protocol: Protocol, port: number): Promise<void> {
  const isAnswering = protocol === 'tcp' ? acceptsConnection : echoesDatagram
  const deadline = Date.now() + PATIENCE_MS
  while (!(await isAnswering(port))) {
    if (Date.now() > deadline) throw new Error(`nothing answers on ${protocol} port ${port} after ${PATIENCE_MS} ms`)
    await sleep(BETWEEN_TRIES_MS)
  }
}

function acceptsConnection(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => socket.end(() => resolve(true)).resume())
    socket.once('error', () => resolve(false))
  })
}

function echoesDatagram(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const finish = (answered: boolean) => {
      clearTimeout(late)
      socket.close()
      resolve(answered)
    }
    const late = setTimeout(finish, 200, false)
    socket.once('message', () => finish(true)).once('error', () => finish(false))
    socket.send('hello', port, '127.0.0.1')
  })
}
