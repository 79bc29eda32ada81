/** A client of the stats socket for answers that go on: line by line, until the daemon ends them or the caller stops. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { Address } from '../../../core/address.js'
import { reasonOf, SocketError } from './ask-once.js'

/** Empty lines, with which replies end, are left out. Throws SocketError when there is no daemon. */
export async function* askFollowing(address: Address, command: string): AsyncGenerator<string> {
  const socket = connect(address.family === 'unix' ? { path: address.path } : address)
  try {
    await once(socket, 'connect')
  } catch (error) {
    throw new SocketError(address, reasonOf(error), error instanceof Error ? error.message : String(error))
  }
  // what breaks it later ends the lines
  socket.on('error', () => {})
  try {
    socket.write(`${command}\n`)
    for await (const line of createInterface({ input: socket })) if (line !== '') yield line
  } finally {
    socket.destroy()
  }
}
