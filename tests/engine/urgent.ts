/** Urgent data, tcp(7): Node has no call for it. */

import type { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { EAGAIN } from '../../src/native/errno-name.js'
import { errno, sendBytes } from '../../src/native/libc.js'
import { descriptorOf } from './descriptor-of.js'

export const MSG_OOB = 1
const BYTE = Buffer.from('!')

/** Sends one urgent byte behind all that was written to `socket`. */
export async function sendUrgent(socket: Socket): Promise<void> {
  await new Promise((resolve) => socket.write('', resolve))
  const descriptor = descriptorOf(socket)
  while (sendBytes(descriptor, BYTE, BYTE.length, MSG_OOB) < 0) {
    if (errno() !== EAGAIN) throw new Error(`sending an urgent byte failed: errno ${errno()}`)
    // until the reader has read
    await turn()
  }
}
