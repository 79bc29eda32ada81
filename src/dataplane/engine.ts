/**
 * The operating-system half of a worker. Session logic (admit, choose, retry, time out, count, log) stands above it and
 * is written once. Callbacks only: a linux worker's loop never returns to libuv, so promises, nextTick and Node's own
 * timers do not run in it. No callback is made from within the call that asked for it, unless its comment says so.
 * Times are milliseconds of `now()`.
 */
import type { Address } from '../core/address.js'
import type { FromWorker, TcpOptions, ToWorker } from '../core/messages.js'
import type { ConnectFailure } from '../core/reasons.js'
import type { FlowCounters } from './flow-counters.js'

export type Cancel = () => void

/** Where to listen: an address to bind, or a socket that control has already bound and handed over. */
export type ListenAt = {
  readonly address: Address
  /** Whether [::] leaves IPv4 clients to another socket. Default: it takes them, too. */
  readonly ipv6Only?: boolean
  readonly descriptor?: number
}

export interface ListenOptions extends TcpOptions {
  readonly backlog: number
  readonly deferAccept: boolean
}

/**
 * One connected TCP or unix stream. The caller owns it from `onAccept` or `onDone` on, until it calls `close` or
 * `reset` or hands it to `relay` or `deliver`; after that it must not be touched. Only a connect made for it takes
 * anything before.
 */
export interface Stream {
  /** The other end. A unix client has no address: its path is empty. */
  readonly peer: Address
  /** Ends it in order (FIN). */
  close(): void
  /** Ends it at once (RST, SO_LINGER 0). */
  reset(): void
  /** Called once if the peer resets the stream while nobody relays it. The stream is closed by then. */
  onGone: (() => void) | undefined
}

export interface Listening {
  /** The bound address: the port is the real one where 0 was asked for. */
  readonly address: Address
  /**
   * What is accepted from now on has these options; what waits in the queue may still have the former ones. The backlog
   * changes where the engine can change it: linux.
   */
  reconfigure(options: ListenOptions): void
  /** Stops accepting and closes the socket; accepted streams live on. */
  close(): void
}

export interface ListenHandlers {
  onAccept(client: Stream): void
  /** accept failed, e.g. EMFILE: the engine pauses and tries again by itself. Called once per pause. */
  onAcceptError(code: string): void
}

export interface ConnectOptions extends TcpOptions {
  readonly timeoutMs: number
  readonly source?: Address
}

export interface ConnectError {
  readonly failure: ConnectFailure
  /** errno name, e.g. ECONNREFUSED; ETIMEDOUT also for our own timeout. */
  readonly code: string
}

export type ConnectResult =
  | { readonly ok: true; readonly server: Stream }
  | { readonly ok: false; readonly error: ConnectError }

export type Side = 'client' | 'server'

export function otherOf(side: Side): Side {
  return side === 'client' ? 'server' : 'client'
}

/** How a relay ended. `closed`: both directions ended in order, `by` is who ended first. */
export type RelayEnd =
  | { readonly how: 'closed'; readonly by: Side }
  | { readonly how: 'reset'; readonly by: Side; readonly code: string }
  | { readonly how: 'ended' }

export interface Relay {
  /** Resets both sides. `onEnd` follows with `{ how: 'ended' }`, within this call or soon after. */
  end(): void
  /**
   * Closes both sides in order (FIN) if nothing is under way: both peers may still send, no byte is held here or waits
   * to be read, and all that was sent has arrived, as far as the engine can see (portable: up to the kernel's buffers).
   * False, and nothing has happened, else. `onEnd` follows as with `end`.
   */
  closeIfQuiet(): boolean
  /** Who has ended its side, if anybody: nothing comes from it any more, and all that came has been passed on. */
  readonly endedBy: Side | undefined
  /**
   * Bytes that were read and are not with `to` yet, as far as the engine can see (portable: up to the kernel's buffers).
   * While nothing more is read they become less whenever that side takes some. A system call.
   */
  bytesUnderWay(to: Side): number
}

/**
 * Sees the bytes of one direction before they are passed on; they are valid within the call only, and it must not end
 * the relay. True: it has seen enough and is not called again; from then on it costs nothing.
 */
export type Watch = (bytes: Uint8Array) => boolean

export interface Watches {
  readonly fromClient: Watch
  readonly fromServer: Watch
}

/**
 * Judges a peer by its first bytes.
 * @param bytes all that has come so far, at most as many as were asked for; valid within the call only
 * @param hasEnded nothing follows: the peer has sent its FIN
 * @returns undefined to wait for more
 */
export type Judge<Verdict> = (bytes: Uint8Array, hasEnded: boolean) => Verdict | undefined

/** Int32 words of a datagram's key: client address (4, IPv4 as ::ffff:a.b.c.d), client port, local address (4). */
export const KEY_WORDS = 9

/**
 * Datagrams that came to a port. Valid within `onDatagrams` only: the buffers are used again. Words of addresses are in
 * network order as read big-endian, so word 3 of 127.0.0.1 is 0x7f000001. Local words are 0 where the engine cannot
 * see the address, or the port is bound to a single one.
 */
export interface Datagrams {
  readonly count: number
  /** KEY_WORDS words for each datagram. */
  readonly keys: Int32Array
  /** Payload bytes of datagram `i`, 0 to 65507. */
  length(i: number): number
}

export interface DatagramHandlers {
  onDatagrams(batch: Datagrams): void
  /** The kernel has dropped `count` more datagrams for want of buffer space (SO_RXQ_OVFL). */
  onKernelDrops(count: number): void
  /** The system did not take `count` replies to clients. */
  onRepliesLost(count: number): void
}

/** One bound UDP socket. */
export interface DatagramPort {
  readonly address: Address
  /** Flows opened through it must be closed first. */
  close(): void
}

export interface FlowHandlers {
  /** The server's host answered that nobody listens (ECONNREFUSED). The flow stays open until closed. */
  onRefused(): void
}

/** A connected UDP socket towards one server, for one client. The engine passes replies back to the client by itself. */
export interface DatagramFlow {
  /** Passes on datagram `i` of the batch now being handled and counts it. False: the system would not take it. */
  send(batch: Datagrams, i: number): boolean
  close(): void
}

export type FlowResult =
  | { readonly ok: true; readonly flow: DatagramFlow }
  | { readonly ok: false; readonly error: ConnectError }

/** The socket of a flow on its way to another process, with what is needed to answer its client. */
export interface HandedFlow {
  readonly descriptor: number
  /** Words of its datagrams' key. */
  readonly key: Int32Array
  /** Interface of a link-local client; 0 else. */
  readonly scope: number
}

export interface FlowLinkHandlers {
  /** Descriptors belong to the receiver. */
  onMessage(message: unknown, descriptors: readonly number[]): void
  /** The other side has closed, or is gone. */
  onClosed(): void
}

/** To a worker of another generation. */
export interface FlowLink {
  /** The next one only after the other side has answered. Descriptors stay the sender's. */
  send(message: object, descriptors?: readonly number[]): void
  close(): void
}

/** How flows pass from one process to another. */
export interface FlowHandOver {
  /** Takes over the descriptor of a unix stream socket. */
  openLink(descriptor: number, handlers: FlowLinkHandlers): FlowLink
  /** Leaves datagrams in the port's socket. */
  pause(port: DatagramPort): void
  resume(port: DatagramPort): void
  /** The flow's socket, which stays the flow's. */
  handle(flow: DatagramFlow): Pick<HandedFlow, 'descriptor' | 'scope'>
  /** As `close`, when another process goes on with the socket. */
  letGo(flow: DatagramFlow): void
  /** Closes a socket that nobody here can use. */
  discard(descriptor: number): false
  /** Goes on with a flow of another process; takes over its descriptor. */
  adopt(port: DatagramPort, handed: HandedFlow, counters: FlowCounters, handlers: FlowHandlers): FlowResult
}

/** The control channel. Messages arrive in order; sending never blocks. */
export interface Channel {
  send(message: FromWorker): void
  /** Bytes or messages not yet taken by the other side, roughly: the worker drops records when it is full. */
  readonly isFull: boolean
  /** Everything sent has been taken by the other side or the system, as far as the engine can tell. */
  readonly isEmpty: boolean
}

export interface ChannelHandlers {
  onMessage(message: ToWorker): void
  /** The control plane is gone. */
  onClosed(): void
}

export interface Engine {
  readonly name: 'linux' | 'portable'
  /** Binds and listens; `onBound` may come within the call. */
  listen(
    at: ListenAt,
    options: ListenOptions,
    handlers: ListenHandlers,
    onBound: (result: ListenResult<Listening>) => void,
  ): void
  /**
   * `onDone` comes exactly once, unless cancelled; cancelling closes the socket.
   * @param client whom the connection is for: if its first bytes are there already, the engine may read them, and count
   * on a relay that sends them at once
   */
  connect(to: Address, options: ConnectOptions, onDone: (result: ConnectResult) => void, client?: Stream): Cancel
  /**
   * Looks at the first `most` bytes of a stream without taking them: a relay begins with them. Bytes that a connect has
   * read are not shown again, and what is behind urgent data may never be shown. `judge` is asked whenever more has come,
   * then `onVerdict` is told what it said, once, unless cancelled. `onGone` works meanwhile.
   */
  peek<Verdict>(stream: Stream, most: number, judge: Judge<Verdict>, onVerdict: (verdict: Verdict) => void): Cancel
  /**
   * Takes over a stream for a message of a few hundred bytes: sends it, waits until the peer has ended, whatever it says
   * before, closes the stream and calls `onEnd` exactly once, unless cancelled; cancelling resets the stream.
   */
  deliver(message: Uint8Array, to: Stream, onEnd: () => void): Cancel
  /**
   * Takes over both streams: moves bytes both ways with back-pressure and half-close until both directions ended or
   * one was reset (then the other is reset too: a cut transfer must not look complete), closes both, then calls
   * `onEnd` exactly once. Of TCP's urgent data (RFC 6093) the byte that the peer marked is dropped, and so is the mark; all
   * other bytes arrive in order.
   */
  relay(
    client: Stream,
    server: Stream,
    counters: FlowCounters,
    onEnd: (end: RelayEnd) => void,
    watches?: Watches,
  ): Relay
  bindDatagram(at: ListenAt, handlers: DatagramHandlers, onBound: (result: ListenResult<DatagramPort>) => void): void
  /**
   * Opens a flow for the client of datagram `i` of the batch now being handled. Synchronous. Replies leave through
   * `port`, from the local address that the datagram came to.
   */
  openFlow(
    port: DatagramPort,
    batch: Datagrams,
    i: number,
    to: Address,
    counters: FlowCounters,
    handlers: FlowHandlers,
    source?: Address,
  ): FlowResult
  /** Undefined where sockets cannot be passed on. */
  readonly flowHandOver?: FlowHandOver
  after(delayMs: number, run: () => void): Cancel
  /** Monotonic; the time at which the present turn of the loop began is good enough. */
  now(): number
  /** Unix time in milliseconds, for records. */
  wallClock(): number
  openChannel(handlers: ChannelHandlers): Channel
  /** Turns the loop until `stop`. Returns at once on an engine whose loop is Node's. */
  run(): void
  /** Ends the worker: the loop returns and the process or thread exits. */
  stop(): void
}

export type ListenResult<Bound> =
  | { readonly ok: true; readonly bound: Bound }
  /** `code` is the errno name, e.g. EADDRINUSE. */
  | { readonly ok: false; readonly code: string }
