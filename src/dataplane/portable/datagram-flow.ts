/** A connected UDP socket towards one server, for one client. */
import type { RemoteInfo, Socket } from 'node:dgram'
import type { Address, InetAddress } from '../../core/address.js'
import { connectError } from '../connect-failure.js'
import type { ConnectError, DatagramFlow, DatagramPort, Datagrams, FlowHandlers, FlowResult } from '../engine.js'
import type { FlowCounters } from '../flow-counters.js'
import { ownBatch, PortableDatagramPort } from './datagram-port.js'
import { datagramSocket, enlargeBuffers, MOST_UNSENT } from './datagram-socket.js'
import { codeOf } from './error-code.js'
import type { SpareDescriptors } from './spare-descriptors.js'

export interface FlowRequest {
  readonly port: DatagramPort
  readonly batch: Datagrams
  readonly i: number
  readonly to: Address
  readonly counters: FlowCounters
  readonly handlers: FlowHandlers
  readonly source: Address | undefined
}

export function openFlow(descriptors: SpareDescriptors, request: FlowRequest): FlowResult {
  const { port, batch, to, source } = request
  if (!(port instanceof PortableDatagramPort)) throw new TypeError('portable engine: not a port of this engine')
  if (to.family === 'unix') return { ok: false, error: connectError('EAFNOSUPPORT') }
  if (!descriptors.hasRoom(performance.now())) return { ok: false, error: connectError('EMFILE') }
  const socket = datagramSocket(to.family)
  const error = connectAtOnce(socket, to, source)
  if (error) {
    socket.close()
    return { ok: false, error }
  }
  return { ok: true, flow: new PortableFlow(descriptors, socket, port, ownBatch(batch).sender, request) }
}

/**
 * Binds and connects within this call: with a lookup that answers at once, Node needs no turn of the loop for it, so no
 * datagram has to wait and none overtakes another. Errors of connect(2) come later and nameless, but the socket then has
 * no remote address; on a bound UDP socket connect fails only for want of a route (connect(2), ip(7)).
 */
function connectAtOnce(socket: Socket, to: InetAddress, source: Address | undefined): ConnectError | undefined {
  let bindError: ConnectError | undefined
  const failed = (error: Error) => {
    bindError = connectError(codeOf(error))
  }
  socket.on('error', failed)
  if (source && source.family !== 'unix') socket.bind(source.port, source.host)
  if (!bindError) socket.connect(to.port, to.host)
  if (!bindError && !isConnected(socket)) bindError = connectError('ENETUNREACH')
  if (!bindError) socket.off('error', failed)
  return bindError
}

function isConnected(socket: Socket): boolean {
  try {
    socket.remoteAddress()
    return true
  } catch {
    return false
  }
}

class PortableFlow implements DatagramFlow {
  private unsent = 0
  private isOpen = true

  constructor(
    private readonly descriptors: SpareDescriptors,
    private readonly socket: Socket,
    port: PortableDatagramPort,
    client: RemoteInfo,
    private readonly request: FlowRequest,
  ) {
    descriptors.take()
    enlargeBuffers(socket)
    const { counters } = request
    const onReplySent = (bytes: number) => counters.datagramFromServer(bytes, performance.now())
    socket.on('message', (payload) => port.reply(payload, client.port, client.address, onReplySent))
    socket.on('error', (error) => this.failed(error))
  }

  send(batch: Datagrams): boolean {
    if (!this.isOpen || this.unsent >= MOST_UNSENT) return false
    this.unsent++
    this.socket.send(ownBatch(batch).payload, this.onSent)
    return true
  }

  /** Node tells only after the call how it went: bytes count when they have left. */
  private readonly onSent = (error: Error | null, bytes: number) => {
    this.unsent--
    if (error) this.failed(error)
    else this.request.counters.datagramFromClient(bytes, performance.now())
  }

  /** A refusal comes with the next receive or the next send, whichever is first. */
  private failed(error: Error): void {
    if (this.isOpen && codeOf(error) === 'ECONNREFUSED') this.request.handlers.onRefused()
  }

  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.descriptors.giveBack()
    this.socket.close()
  }
}
