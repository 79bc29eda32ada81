/** Servers that accept, and then do what no server should; and the count of descriptors that must come back. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { eventually } from './eventually.js'

export interface MisbehavingServer {
  readonly port: number
  close(): Promise<void>
}

/** @param misbehave is given each connection; a server that only accepts reads and says nothing */
export async function startMisbehaving(misbehave: (socket: Socket) => void = () => {}): Promise<MisbehavingServer> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy())
    socket.resume()
    misbehave(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, // a listening TCP server's address is never a string
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}

/** Each waits for the first bytes of the client, so that its deed comes in place of an answer. */
export const silent = () => {}
export const closing = (socket: Socket) => void socket.once('data', () => socket.end())
export const resetting = (socket: Socket) => void socket.once('data', () => socket.resetAndDestroy())
export const answering = (bytes: string | Uint8Array) => (socket: Socket) =>
  void socket.once('data', () => socket.write(bytes))
export const answeringAndClosing = (bytes: string | Uint8Array) => (socket: Socket) =>
  void socket.once('data', () => socket.end(bytes))
/** Says what it says for ever, as fast as it is read. */
export const flooding = (bytes: Uint8Array) => (socket: Socket) => {
  const pour = () => {
    while (!socket.destroyed && socket.write(bytes));
  }
  socket.once('data', pour).on('drain', pour)
}

export function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length
}

/** Runs it, and fails unless every descriptor that it took comes back. */
export async function withoutLeak(run: () => Promise<void>): Promise<void> {
  const before = openDescriptors()
  await run()
  await eventually(`no more than ${before} descriptors`, () => openDescriptors() <= before)
}
