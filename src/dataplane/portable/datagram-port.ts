/** A bound UDP socket: datagrams from clients come in, replies go out. */
import type { RemoteInfo, Socket } from 'node:dgram'
import type { Address, InetAddress } from '../../core/address.js'
import {
  type DatagramHandlers,
  type DatagramPort,
  type Datagrams,
  KEY_WORDS,
  type ListenAt,
  type ListenResult,
} from '../engine.js'
import { ClientWords } from './client-words.js'
import { datagramSocket, enlargeBuffers, MOST_UNSENT } from './datagram-socket.js'
import { codeOf } from './error-code.js'

type OnBound = (result: ListenResult<DatagramPort>) => void

export function bindDatagram(at: ListenAt, handlers: DatagramHandlers, onBound: OnBound): void {
  const { address } = at
  if (at.descriptor !== undefined || address.family === 'unix') {
    onBound({ ok: false, code: 'ENOTSUP' })
    return
  }
  const socket = datagramSocket(address.family, at.ipv6Only)
  const failed = (error: Error) => {
    socket.close()
    onBound({ ok: false, code: codeOf(error) })
  }
  socket.once('error', failed)
  socket.bind({ address: address.host, port: address.port }, () => {
    socket.off('error', failed)
    onBound({ ok: true, bound: new PortableDatagramPort(socket, address, handlers) })
  })
}

/** Always one datagram: Node makes an event of each. */
export class DatagramBatch implements Datagrams {
  readonly count = 1
  readonly keys = new Int32Array(KEY_WORDS)
  payload: Buffer = Buffer.alloc(0)
  sender: RemoteInfo = { address: '', family: 'IPv4', port: 0, size: 0 }

  length(): number {
    return this.payload.length
  }
}

/** Narrows a batch to this engine's own. */
export function ownBatch(batch: Datagrams): DatagramBatch {
  if (batch instanceof DatagramBatch) return batch
  throw new TypeError('portable engine: not a batch of this engine')
}

export class PortableDatagramPort implements DatagramPort {
  readonly address: Address
  private readonly batch = new DatagramBatch()
  private readonly words = new ClientWords()
  private unsent = 0
  private isOpen = true

  constructor(
    private readonly socket: Socket,
    asked: InetAddress,
    private readonly handlers: DatagramHandlers,
  ) {
    enlargeBuffers(socket)
    this.address = { ...asked, port: socket.address().port }
    socket.on('message', (payload, sender) => this.take(payload, sender))
    // an unconnected socket reports no refusals; what is left (ENOMEM) costs a datagram, as a full buffer would
    socket.on('error', () => {})
  }

  private take(payload: Buffer, sender: RemoteInfo): void {
    const { batch } = this
    batch.payload = payload
    batch.sender = sender
    this.words.write(sender.address, sender.port, batch.keys)
    this.handlers.onDatagrams(batch)
  }

  /** Sends one datagram back; dropped when the socket takes no more. `onSent` is told the bytes that left. */
  reply(payload: Buffer, port: number, host: string, onSent: (bytes: number) => void): void {
    // a datagram may come from port 0 (RFC 768), to which nothing can be sent: Node would throw
    if (!this.isOpen) return
    if (port === 0 || this.unsent >= MOST_UNSENT) return this.handlers.onRepliesLost(1)
    this.unsent++
    this.socket.send(payload, port, host, (error, bytes) => {
      this.unsent--
      if (error) this.handlers.onRepliesLost(1)
      else onSent(bytes)
    })
  }

  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.socket.close()
  }
}
