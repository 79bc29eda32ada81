/** A server that opens sessions and takes CancelRequests as PostgreSQL does, and nothing else. */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Test } from 'tap'
import type { ServerShape } from '../../src/core/messages.js'
import { type CancelKey, readStartupPacket } from '../../src/core/postgres/startup-packet.js'
import { keyData, message, READY, REFUSED } from '../core/postgres/postgres-bytes.js'
import { tcpServer } from './worker-harness.js'

export interface PostgresServer {
  readonly shape: ServerShape
  /** Of its sessions, in the order in which they came. */
  readonly keys: readonly CancelKey[]
  /** Process ids of the CancelRequests that it was sent. */
  readonly cancels: readonly number[]
  /** All connections that it ever took. */
  readonly connections: number
}

export interface Manners {
  /** It grants encryption. */
  readonly encrypts?: boolean
  /** It keeps connections of CancelRequests open until then. */
  readonly hangsUntil?: Promise<void>
}

export async function postgresServer(t: Test, slot: number, manners: Manners = {}): Promise<PostgresServer> {
  const keys: CancelKey[] = []
  const cancels: number[] = []
  let connections = 0
  const shape = await tcpServer(t, slot, (socket) => {
    connections++
    serve(
      socket,
      manners,
      (key) => cancels.push(key.pid),
      () => {
        const key = { pid: 1000 * (slot + 1) + keys.length, secret: new Uint8Array(randomBytes(32)) }
        keys.push(key)
        return key
      },
    )
  })
  return {
    shape,
    keys,
    cancels,
    get connections() {
      return connections
    },
  }
}

function serve(
  socket: Socket,
  { encrypts = false, hangsUntil = Promise.resolve() }: Manners,
  onCancel: (key: CancelKey) => void,
  newKey: () => CancelKey,
): void {
  let came = Buffer.alloc(0)
  socket.on('end', () => socket.end())
  socket.on('data', (chunk: Buffer) => {
    came = Buffer.concat([came, chunk])
    const packet = readStartupPacket(came)
    if (packet.kind === 'other') socket.end('not mine')
    if (packet.kind === 'encryption') {
      came = came.subarray(8)
      // what it would answer encrypted is its client's own bytes
      if (encrypts) socket.removeAllListeners('data').on('data', (cipher) => socket.write(cipher))
      socket.write(encrypts ? 'S' : REFUSED)
    }
    if (packet.kind === 'startup') {
      socket.removeAllListeners('data').on('data', (query) => socket.write(query))
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), keyData(newKey()), READY]))
    }
    if (packet.kind === 'cancel') {
      onCancel(packet.key)
      hangsUntil.then(() => socket.end())
    }
  })
}
