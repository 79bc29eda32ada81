/** One connection to a server of the soak: checks every byte of each request and answers in the request's own mode. */
import type { Socket } from 'node:net'
import { hiddenReset } from '../../src/dataplane/portable/hidden-reset.js'
import { isPiece } from './pattern.js'
import { decodeRequest, HEADER_BYTES, type Request } from './request.js'
import { sendPattern } from './send-pattern.js'
import { complain, type Tally } from './tally.js'

const STALL_MS = 500

export class ServerSession {
  private header = Buffer.alloc(0)
  private request: Request | undefined
  private got = 0

  constructor(
    private readonly socket: Socket,
    private readonly tally: Tally,
  ) {
    socket.on('data', (bytes) => this.receive(bytes))
    socket.on('end', () => this.ended())
    // clients of the soak reset connections on purpose
    socket.on('error', () => {})
  }

  private receive(bytes: Buffer): void {
    let rest = bytes
    while (rest.length > 0 && !this.socket.destroyed) {
      rest = this.request === undefined ? this.receiveHeader(rest) : this.receiveBody(this.request, rest)
    }
  }

  private receiveHeader(bytes: Buffer): Buffer {
    const missing = HEADER_BYTES - this.header.length
    this.header = Buffer.concat([this.header, bytes.subarray(0, missing)])
    if (this.header.length === HEADER_BYTES) {
      const request = decodeRequest(this.header)
      if (request === undefined) return this.mismatch('a header that nobody sent')
      this.header = Buffer.alloc(0)
      this.begin(request)
    }
    return bytes.subarray(missing)
  }

  private begin(request: Request): void {
    this.request = request
    this.got = 0
    if (request.mode === 'at-once') sendPattern(this.socket, request.seed + 1, request.down)
    if (request.mode === 'slowly') {
      this.socket.pause()
      setTimeout(() => this.socket.resume(), STALL_MS)
    }
    if (request.up === 0) this.complete(request)
  }

  private receiveBody(request: Request, bytes: Buffer): Buffer {
    const body = bytes.subarray(0, request.up - this.got)
    if (body.length === 0) return this.mismatch('more than was sent')
    if (!isPiece(body, request.seed, this.got)) return this.mismatch(`a request in mode ${request.mode}`)
    this.got += body.length
    this.tally.bytes += body.length
    if (this.got === request.up) this.complete(request)
    return bytes.subarray(body.length)
  }

  private complete({ mode, seed, down }: Request): void {
    // the end is yet to come
    if (mode === 'answer-after-end') return
    this.request = undefined
    if (mode === 'answer' || mode === 'slowly') sendPattern(this.socket, seed + 1, down)
    if (mode === 'answer-and-end') sendPattern(this.socket, seed + 1, down, () => this.socket.end())
    if (mode === 'half-and-reset') sendPattern(this.socket, seed + 1, down >> 1, () => this.socket.resetAndDestroy())
  }

  private ended(): void {
    const { request, socket } = this
    if (hiddenReset(socket) !== undefined) return void socket.destroy()
    if (request?.mode === 'answer-after-end' && this.got === request.up) {
      sendPattern(socket, request.seed + 1, request.down, () => socket.end())
      return
    }
    if (request !== undefined || this.header.length > 0) {
      const where = request ? `in mode ${request.mode} at byte ${this.got} of ${request.up}` : 'in its header'
      complain(this.tally, 'falseEnds', `a request that was cut looked complete to the server, ${where}`)
    }
    socket.end()
  }

  private mismatch(what: string): Buffer {
    complain(this.tally, 'mismatches', `${what}, as the server received it`)
    this.socket.resetAndDestroy()
    return Buffer.alloc(0)
  }
}
