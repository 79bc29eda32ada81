/** Listens on TCP and unix sockets. */
import { createServer, type Server, type Socket } from 'node:net'
import type { Address } from '../../core/address.js'
import type { ListenAt, ListenHandlers, Listening, ListenOptions, ListenResult } from '../engine.js'
import { codeOf } from './error-code.js'
import { boundAddress, fromNode } from './peer-address.js'
import { keepaliveOptions } from './socket-options.js'
import { PortableStream, resetSocket, type Sockets, track } from './stream.js'
import { removeStaleSocket } from './unix-path.js'

/** While descriptors are exhausted, onAcceptError is called this often. */
const EXHAUSTED_EVERY_MS = 1000

type OnBound = (result: ListenResult<Listening>) => void

export function listen(
  sockets: Sockets,
  at: ListenAt,
  options: ListenOptions,
  handlers: ListenHandlers,
  onBound: OnBound,
): void {
  if (at.descriptor !== undefined) {
    onBound({ ok: false, code: 'ENOTSUP' })
    return
  }
  const { address } = at
  const bind = (onFailed: (code: string) => void) => {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
    const failed = (error: Error) => onFailed(codeOf(error))
    server.once('error', failed)
    server.once('listening', () => {
      server.off('error', failed)
      const accepting = { options: keepaliveOptions(options) }
      acceptFrom(server, sockets, address, accepting, handlers)
      onBound({ ok: true, bound: listening(server, address, accepting) })
    })
    server.listen({ ...endpoint(address), ipv6Only: at.ipv6Only ?? false, backlog: options.backlog })
  }
  const refuse = (code: string) => onBound({ ok: false, code })
  bind((code) => {
    if (address.family !== 'unix' || code !== 'EADDRINUSE') refuse(code)
    else removeStaleSocket(address.path, (isFree) => (isFree ? bind(refuse) : refuse(code)))
  })
}

function endpoint(address: Address): { path: string } | { host: string; port: number } {
  return address.family === 'unix' ? { path: address.path } : { host: address.host, port: address.port }
}

/** What accepted sockets are given. */
interface Accepting {
  options: ReturnType<typeof keepaliveOptions>
}

function listening(server: Server, asked: Address, accepting: Accepting): Listening {
  const name = server.address()
  const port = name !== null && typeof name === 'object' ? name.port : 0
  return {
    address: boundAddress(asked, port),
    reconfigure: (options) => {
      accepting.options = keepaliveOptions(options)
    },
    // libuv removes the file of a unix socket when it closes it
    close: () => void server.close(),
  }
}

function acceptFrom(
  server: Server,
  sockets: Sockets,
  at: Address,
  accepting: Accepting,
  handlers: ListenHandlers,
): void {
  let exhaustedAt = Number.NEGATIVE_INFINITY
  server.on('error', (error) => handlers.onAcceptError(codeOf(error)))
  server.on('connection', (socket) => {
    const now = performance.now()
    if (sockets.descriptors.hasRoom(now)) {
      const { noDelay, keepAlive, keepAliveInitialDelay } = accepting.options
      socket.setNoDelay(noDelay).setKeepAlive(keepAlive, keepAliveInitialDelay)
      accept(socket, sockets, at, handlers)
      return
    }
    resetSocket(socket)
    if (now - exhaustedAt < EXHAUSTED_EVERY_MS) return
    exhaustedAt = now
    handlers.onAcceptError('EMFILE')
  })
}

function accept(socket: Socket, sockets: Sockets, at: Address, handlers: ListenHandlers): void {
  const isUnix = at.family === 'unix'
  const peer: Address | undefined = isUnix
    ? { family: 'unix', path: '' }
    : fromNode(socket.remoteAddress, socket.remotePort)
  if (!peer) {
    // reset before we came to it (getpeername: ENOTCONN): there is nobody to serve or to name
    socket.destroy()
    return
  }
  track(sockets, socket)
  handlers.onAccept(new PortableStream(socket, peer, sockets.resets))
}
