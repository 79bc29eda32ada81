/** Listening sockets on which nobody can connect: their queue is full and their process does not accept. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'
import type { Address } from '../../src/core/address.js'
import { Program } from '../support/program.js'

const NEVER_ACCEPTS = `
const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  require('node:fs').writeSync(1, server.address().port + '\\n')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

/** The kernel drops every further SYN to this address, so that a connect waits until it times out. Linux. */
export async function fullListener(t: Test): Promise<Address> {
  const program = Program.start(process.execPath, ['-e', NEVER_ACCEPTS])
  t.teardown(() => program.stop('SIGKILL'))
  const port = Number(await program.line(/^\d+$/))
  // a backlog of 1 holds 2 connections (listen(2): the limit is passed, not reached)
  for (let i = 0; i < 2; i++) {
    const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
    t.teardown(() => socket.destroy())
    await once(socket, 'connect')
  }
  return { family: 4, host: '127.0.0.1', port }
}

const SAYS_HELLO = `
require('node:net').createServer((socket) => socket.on('error', () => {}).end('hello'))
  .listen({ path: process.argv[1], backlog: 1 }, () => console.log('listening'))`

/** A unix server that is stopped, with a full queue. `resume` lets it go on: it accepts, and says hello to everybody. */
export async function fullUnixListener(t: Test, path: string): Promise<{ address: Address; resume(): void }> {
  const program = Program.start(process.execPath, ['-e', SAYS_HELLO, path])
  t.teardown(() => program.stop('SIGKILL'))
  await program.line(/^listening$/)
  program.kill('SIGSTOP')
  while (await isQueued(t, path));
  return { address: { family: 'unix', path }, resume: () => program.kill('SIGCONT') }
}

/** Connects, as one that waits to be accepted. */
function isQueued(t: Test, path: string): Promise<boolean> {
  const socket = connect({ path })
  t.teardown(() => socket.destroy())
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).on('error', () => resolve(false))
  })
}
