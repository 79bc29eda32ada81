/**
 * Ports for programs that must be told theirs, or that come back to it. They lie below those that the kernel gives out by
 * itself: no connection or flow of the test takes one for its own end while the program is away.
 */
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

const LOWEST = 10_000
const ATTEMPTS = 100

/** A TCP port that was free on 127.0.0.1 a moment ago. */
export function freePort(): Promise<number> {
  return firstFree(isTcpFree)
}

/** A UDP port that was free on 127.0.0.1 a moment ago. */
export function freeUdpPort(): Promise<number> {
  return firstFree(isUdpFree)
}

async function firstFree(isFree: (port: number) => Promise<boolean>): Promise<number> {
  const end = firstEphemeral()
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // by chance, since several tests look at the same time
    const port = LOWEST + Math.floor(Math.random() * (end - LOWEST))
    if (await isFree(port)) return port
  }
  throw new Error(`no port from ${LOWEST} to ${end} was free in ${ATTEMPTS} attempts`)
}

/** ip(7), `ip_local_port_range`; its default where there is no /proc. */
function firstEphemeral(): number {
  try {
    const first = Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10)
    return Math.max(LOWEST + 1_000, first)
  } catch {
    return 32_768
  }
}

function isTcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function isUdpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => socket.close(() => resolve(false)))
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
  })
}
