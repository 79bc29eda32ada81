/** Listening sockets that control hands over and the worker has no use for: nobody may be left waiting in their queues. */
import assert from 'node:assert/strict'
import net from 'node:net'
import t, { type Test } from 'tap'
import type { ListenerShape } from '../../src/core/messages.js'
import { createLinuxEngine } from '../../src/dataplane/linux/engine.js'
import { openListeningSocket } from '../../src/native/listening-socket.js'
import { skipEngine } from '../support/engines.js'
import { Harness } from './worker-harness.js'

const skip = skipEngine('linux')

const LISTENER: ListenerShape = { protocol: 'tcp', address: { family: 4, host: '127.0.0.1', port: 0 }, share: 0 }

function startOnLinux(t: Test): Promise<Harness> {
  return Harness.start(t, { engine: createLinuxEngine(), servers: [] })
}

function handedOver() {
  const address = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1), port: 0 } as const
  const opened = openListeningSocket(address, { reusePort: false, backlog: 1 })
  assert(opened.ok && opened.address.family !== 'unix')
  return { descriptor: opened.descriptor, port: opened.address.port }
}

/** `connect`, or why not. */
function dialled(t: Test, port: number): Promise<string | undefined> {
  const socket = net.connect({ port, host: '127.0.0.1' })
  t.teardown(() => socket.destroy())
  return new Promise((resolve) => {
    socket.once('connect', () => resolve('connect'))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
  })
}

t.test('another socket for a listener that is open is closed', { skip }, async (t) => {
  const harness = await startOnLinux(t)
  const { port } = harness
  const another = handedOver()
  await harness.configure([], { listeners: [{ ...LISTENER, descriptor: another.descriptor }] })
  t.equal(await dialled(t, another.port), 'ECONNREFUSED')
  t.equal(harness.port, port)
  t.equal(await dialled(t, port), 'connect', 'the one that was there stays')
})

t.test('a socket that comes when no more are to be accepted is closed', { skip }, async (t) => {
  const harness = await startOnLinux(t)
  harness.stopAccepting()
  const late = handedOver()
  await harness.configure([], { listeners: [{ ...LISTENER, share: 1, descriptor: late.descriptor }] })
  t.equal(await dialled(t, late.port), 'ECONNREFUSED')
})
