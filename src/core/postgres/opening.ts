/**
 * The opening of a PostgreSQL session as somebody between client and server sees it pass: which key the server gives the
 * client to cancel with, or that the client cancels over this very connection. Over once that is known, or once
 * encryption hides it.
 */
import { type CancelKey, CODE_BYTES, isKeyLength, LONGEST_CANCEL_BYTES, readStartupPacket } from './startup-packet.js'

export interface OpeningHandlers {
  /** BackendKeyData: the server's word, before the client has it. */
  onKey(key: CancelKey): void
  /** A CancelRequest behind a refused encryption, as libpq 17 sends it with `sslmode = prefer`. */
  onCancel(key: CancelKey): void
}

/** Long before this many bytes from the server the session can take queries. */
export const LONGEST_OPENING_BYTES = 65_536

const TYPE = { key: 0x4b, ready: 0x5a, error: 0x45 } as const
/** The type of a message and its length, which counts itself. */
const HEAD_BYTES = 5
const LENGTH_BYTES = 4
const PID_BYTES = 4
const REFUSED = 0x4e

export class Opening {
  isOver = false
  /** The client has asked for a session: it will say nothing more of interest. */
  hasClientBegun = false
  /** Requests for encryption that the server has yet to answer. */
  private unanswered = 0
  private readonly packet = new Uint8Array(LONGEST_CANCEL_BYTES)
  private packetBytes = 0

  private seen = 0
  private readonly head = new Uint8Array(HEAD_BYTES)
  private headBytes = 0
  /** Of the message's body, still to come. */
  private rest = 0
  /** Body of a BackendKeyData, while it comes. */
  private body: Uint8Array | undefined

  constructor(private readonly handlers: OpeningHandlers) {}

  /** @param bytes from the client, in the order in which they came */
  fromClient(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && !this.isOver && !this.hasClientBegun) {
      const taken = bytes.subarray(at, at + LONGEST_CANCEL_BYTES - this.packetBytes)
      const had = this.packetBytes
      this.packet.set(taken, had)
      this.packetBytes += taken.length
      const length = this.classify()
      if (length === 0) return
      at += length - had
      this.packetBytes = 0
    }
  }

  /** Length of the packet that is over; 0 when more of it must come, or nothing more is asked for. */
  private classify(): number {
    const packet = readStartupPacket(this.packet.subarray(0, this.packetBytes))
    switch (packet.kind) {
      case 'part':
        return 0
      case 'startup':
        this.hasClientBegun = true
        return 0
      case 'encryption':
        this.unanswered++
        return CODE_BYTES
      case 'cancel':
        this.isOver = true
        this.handlers.onCancel(packet.key)
        return 0
      case 'other':
        this.isOver = true
        return 0
    }
  }

  /** @param bytes from the server, in the order in which they came, and before the client has them */
  fromServer(bytes: Uint8Array): void {
    this.seen += bytes.length
    for (let at = 0; at < bytes.length && !this.isOver; ) {
      if (this.unanswered > 0) this.answered(bytes[at++])
      else if (this.rest > 0) at += this.takeBody(bytes, at)
      else this.takeHead(bytes[at++] ?? 0)
    }
    if (this.seen >= LONGEST_OPENING_BYTES) this.isOver = true
  }

  private answered(byte: number | undefined): void {
    this.unanswered--
    // `S` and `G`: what follows is encrypted; anything else is an error of a server that does not know the request
    if (byte !== REFUSED) this.isOver = true
  }

  private takeHead(byte: number): void {
    this.head[this.headBytes++] = byte
    if (this.headBytes < HEAD_BYTES) return
    this.headBytes = 0
    const type = this.head[0]
    const length = new DataView(this.head.buffer).getInt32(1) - LENGTH_BYTES
    if (length < 0 || type === TYPE.ready || type === TYPE.error) this.isOver = true
    else if (type === TYPE.key) this.beginKey(length)
    else this.rest = length
  }

  private beginKey(length: number): void {
    if (!isKeyLength(length - PID_BYTES)) {
      this.isOver = true
      return
    }
    this.body = new Uint8Array(length)
    this.rest = length
  }

  /** How many bytes it took. */
  private takeBody(bytes: Uint8Array, at: number): number {
    const { body } = this
    const taken = Math.min(this.rest, bytes.length - at)
    body?.set(bytes.subarray(at, at + taken), body.length - this.rest)
    this.rest -= taken
    if (body && this.rest === 0) this.endKey(body)
    return taken
  }

  private endKey(body: Uint8Array): void {
    this.isOver = true
    this.handlers.onKey({ pid: new DataView(body.buffer).getInt32(0), secret: body.subarray(PID_BYTES) })
  }
}
