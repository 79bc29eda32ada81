/** A listening socket on which nobody can connect: its queue is full and its process never accepts. */
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
