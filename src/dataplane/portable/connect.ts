/** Connects to servers. */
import { connect as open, type Socket } from 'node:net'
import type { Address } from '../../core/address.js'
import { connectError } from '../connect-failure.js'
import type { Cancel, ConnectOptions, ConnectResult } from '../engine.js'
import { codeOf } from './error-code.js'
import { keepaliveOptions } from './socket-options.js'
import { PortableStream, type Sockets, track } from './stream.js'
import { after } from './timer.js'

/**
 * Where the queue of a unix server is full, Linux answers EAGAIN at once, while it repeats a TCP connect by itself: here both
 * are repeated.
 */
const UNIX_RETRY_MS = 10

export function connect(
  sockets: Sockets,
  to: Address,
  options: ConnectOptions,
  onDone: (result: ConnectResult) => void,
): Cancel {
  /** Ends the attempt under way, or the pause before the next one. */
  let giveUp: Cancel = () => {}
  const finish = (result: ConnectResult) => {
    giveUp = () => {}
    cancelTimeout()
    onDone(result)
  }
  const begin = () => {
    giveUp = attempt(sockets, to, options, {
      onConnect: (socket) => finish({ ok: true, server: new PortableStream(socket, to, sockets.resets) }),
      onError: (code) => {
        if (to.family === 'unix' && code === 'EAGAIN') giveUp = after(UNIX_RETRY_MS, begin)
        else finish({ ok: false, error: connectError(code) })
      },
    })
  }
  const cancelTimeout = after(options.timeoutMs, () => {
    giveUp()
    finish({ ok: false, error: connectError('ETIMEDOUT') })
  })
  begin()
  return () => {
    cancelTimeout()
    giveUp()
  }
}

interface AttemptHandlers {
  onConnect(socket: Socket): void
  onError(code: string): void
}

/** One socket's. Cancelling closes it. */
function attempt(sockets: Sockets, to: Address, options: ConnectOptions, handlers: AttemptHandlers): Cancel {
  const socket = openSocket(to, options)
  track(sockets, socket)
  const settle = () => socket.off('connect', onConnect).off('error', onError)
  const onConnect = () => {
    settle()
    handlers.onConnect(socket)
  }
  const onError = (error: Error) => {
    settle()
    handlers.onError(codeOf(error))
  }
  socket.once('connect', onConnect).once('error', onError)
  return () => {
    settle()
    socket.on('error', () => {}) // one may be on its way already
    socket.destroy()
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
