/** Connects to servers. */
import { connect as open, type Socket } from 'node:net'
import type { Address } from '../../core/address.js'
import { connectError } from '../connect-failure.js'
import type { Cancel, ConnectOptions, ConnectResult } from '../engine.js'
import { codeOf } from './error-code.js'
import { keepaliveOptions } from './socket-options.js'
import { PortableStream, type Sockets, track } from './stream.js'
import { after } from './timer.js'

export function connect(
  sockets: Sockets,
  to: Address,
  options: ConnectOptions,
  onDone: (result: ConnectResult) => void,
): Cancel {
  const socket = openSocket(to, options)
  track(sockets, socket)
  let isSettled = false
  const settle = () => {
    isSettled = true
    cancelTimeout()
    socket.off('connect', onConnect).off('error', onError)
  }
  const giveUp = () => {
    settle()
    socket.on('error', () => {}) // one may be on its way already
    socket.destroy()
  }
  const onConnect = () => {
    settle()
    onDone({ ok: true, server: new PortableStream(socket, to, sockets.resets) })
  }
  const onError = (error: Error) => {
    settle()
    onDone({ ok: false, error: connectError(codeOf(error)) })
  }
  const cancelTimeout = after(options.timeoutMs, () => {
    giveUp()
    onDone({ ok: false, error: connectError('ETIMEDOUT') })
  })
  socket.once('connect', onConnect).once('error', onError)
  return () => {
    if (!isSettled) giveUp()
  }
}

function openSocket(to: Address, options: ConnectOptions): Socket {
  const { source } = options
  const target = to.family === 'unix' ? { path: to.path } : { host: to.host, port: to.port }
  const local = source && source.family !== 'unix' ? { localAddress: source.host, localPort: source.port } : {}
  const socket = open({
    ...target,
    ...local,
    ...keepaliveOptions(options),
    allowHalfOpen: true,
  })
  // else Node begins to read as soon as the socket is connected
  return socket.pause()
}
