/** Clients and servers of the conformance suite, over node:net. */
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { Address } from '../../src/core/address.js'
import { hiddenReset } from '../../src/dataplane/portable/hidden-reset.js'

export const LOOPBACK: Address = { family: 4, host: '127.0.0.1', port: 0 }

/** A server whose connections a test takes one by one. They are paused. */
export class Servers {
  private readonly waiting: Socket[] = []
  private readonly takers: ((socket: Socket) => void)[] = []

  private constructor(
    private readonly server: Server,
    readonly address: Address,
  ) {
    server.on('connection', (socket) => {
      const taker = this.takers.shift()
      if (taker) taker(socket)
      else this.waiting.push(socket)
    })
  }

  static async listen(t: Test, at: Address = LOOPBACK): Promise<Servers> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
    server.listen(target(at))
    await once(server, 'listening')
    t.teardown(() => server.close())
    const name = server.address()
    const port = name !== null && typeof name === 'object' ? name.port : 0
    return new Servers(server, at.family === 'unix' ? at : { ...at, port })
  }

  /** The next connection that no other call has had. */
  next(): Promise<Socket> {
    const socket = this.waiting.shift()
    return socket ? Promise.resolve(socket) : new Promise((resolve) => this.takers.push(resolve))
  }

  /** Serves all further connections. */
  serve(handle: (socket: Socket) => void): void {
    this.server.removeAllListeners('connection').on('connection', handle)
  }
}

function target(to: Address): { path: string } | { host: string; port: number } {
  return to.family === 'unix' ? { path: to.path } : { host: to.host, port: to.port }
}

/** A connected client, paused. */
export async function dial(t: Test, to: Address): Promise<Socket> {
  const socket = connect({ ...target(to), allowHalfOpen: true }).pause()
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** A client that may be reset before it is connected: how it ended. */
export function knock(t: Test, at: Address): Promise<Heard> {
  const socket = connect(target(at))
  t.teardown(() => socket.destroy())
  return hear(socket)
}

/** How reading from a socket ended: `end` in order, else the error's code. Bytes up to then are in `bytes`. */
export interface Heard {
  readonly how: string
  readonly bytes: number
  readonly sha1: string
}

/** Reads until the end. */
export function hear(socket: Socket): Promise<Heard> {
  const hash = createHash('sha1')
  let bytes = 0
  return new Promise((resolve) => {
    const done = (how: string) => resolve({ how, bytes, sha1: hash.digest('hex') })
    socket.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message))
    // Node takes a reset behind unread data for an end, for clients and servers of a test too
    socket.once('end', () => done(hiddenReset(socket) ?? 'end'))
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      hash.update(chunk)
    })
    socket.resume()
  })
}

/** The next `bytes` bytes; the socket is paused behind them. */
export function read(socket: Socket, bytes: number): Promise<Buffer> {
  let got = Buffer.alloc(0)
  return new Promise((resolve, reject) => {
    const done = (settle: () => void) => {
      socket.off('data', onData).off('close', onClose).pause()
      settle()
    }
    const onData = (chunk: Buffer) => {
      got = Buffer.concat([got, chunk])
      if (got.length < bytes) return
      done(() => resolve(got.subarray(0, bytes)))
      if (got.length > bytes) socket.unshift(got.subarray(bytes))
    }
    const onClose = () => done(() => reject(new Error(`closed after ${got.length} of ${bytes} bytes`)))
    socket.on('data', onData).on('close', onClose).resume()
  })
}

/**
 * Writes random bytes with respect for back-pressure; answers their hash when all are handed to the socket. Fails when the
 * socket closes before.
 * @param onProgress told the bytes handed over up to now
 */
export async function pour(socket: Socket, bytes: number, onProgress: (bytes: number) => void = () => {}) {
  const hash = createHash('sha1')
  const block = randomBytes(1024 * 1024)
  for (let sent = 0; sent < bytes; sent += block.length) {
    // each block differs from the one before it, so that a lost or doubled one shows
    block.writeUInt32BE(sent / block.length)
    const part = Buffer.from(block.subarray(0, Math.min(block.length, bytes - sent)))
    hash.update(part)
    if (!socket.write(part)) await drained(socket)
    onProgress(sent + part.length)
  }
  return hash.digest('hex')
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const onDrain = () => {
      socket.off('close', onClose)
      resolve()
    }
    const onClose = () => {
      socket.off('drain', onDrain)
      reject(new Error('closed while writing'))
    }
    socket.once('drain', onDrain).once('close', onClose)
    if (socket.destroyed) onClose()
  })
}

/** Sends everything back, and ends when the client has ended. */
export function echo(socket: Socket): void {
  socket.on('data', (chunk) => socket.write(chunk)).on('error', () => {})
  socket.on('end', () => socket.end()).resume()
}

/** What `hear` hears when `text` came and then the end. */
export function heardText(text: string): Heard {
  return { how: 'end', bytes: text.length, sha1: createHash('sha1').update(text).digest('hex') }
}
