/** What the conformance suite and its fixture say to each other: routes on the command line, reports line by line. */
import type { Address } from '../../src/core/address.js'
import type { ConnectFailure } from '../../src/core/reasons.js'
import type { RelayEnd, Side } from '../../src/dataplane/engine.js'

/** Commands: a connection to such a route carries it out; the fixture closes the connection when it is done. */
export const COMMANDS = [
  'end-relays',
  'close-quiet-relays',
  'look-at-relays',
  'close-listeners',
  'close-flows',
  'stop',
] as const
export type Command = (typeof COMMANDS)[number]

export interface TcpRoute {
  readonly kind: 'tcp'
  readonly listen: Address
  readonly server: Address
  /** Default: 10 s. */
  readonly timeoutMs?: number
  /** Waits this long, after a look, before it connects to the server. Default: not at all. */
  readonly delayMs?: number
  readonly source?: Address
  /** Looks at so many bytes of the client before it connects to the server, for `withinMs` at most (default: 10 s). */
  readonly peek?: { readonly bytes: number; readonly withinMs?: number }
  /** Watches so many bytes of each direction. */
  readonly watch?: number
  /** Sends this to the server instead of relaying, and closes the client when the server has ended. */
  readonly deliver?: string
}

export interface UdpRoute {
  readonly kind: 'udp'
  readonly listen: Address
  readonly server: Address
}

export interface CommandRoute {
  readonly kind: Command
  readonly listen: Address
}

export type Route = TcpRoute | UdpRoute | CommandRoute
export type Routes = Readonly<Record<string, Route>>

/** A relay as it stands. */
export interface RelayLook {
  readonly endedBy: Side | 'nobody'
  /** Bytes under way. */
  readonly toClient: number
  readonly toServer: number
}

export interface Counted {
  readonly bytesIn: number
  readonly bytesOut: number
  readonly datagramsIn: number
  readonly datagramsOut: number
}

/** One line of the fixture's standard output; `n` numbers them. `client` is the text of an address. */
export type Report = { readonly n: number } & (
  | { readonly report: 'bound'; readonly route: string; readonly address: Address }
  | { readonly report: 'not-bound'; readonly route: string; readonly code: string }
  /** All routes are bound, or have failed. */
  | { readonly report: 'ready' }
  | { readonly report: 'accepted'; readonly route: string; readonly client: string }
  | { readonly report: 'accept-error'; readonly route: string; readonly code: string }
  | { readonly report: 'gone'; readonly route: string; readonly client: string }
  /** A peek saw so many bytes. */
  | { readonly report: 'looked'; readonly client: string; readonly bytes: number }
  /** A peek is over: what it saw, and whether that is all that the client will ever say. */
  | { readonly report: 'peeked'; readonly client: string; readonly text: string; readonly hasEnded: boolean }
  /** A watch is over. */
  | { readonly report: 'watched'; readonly client: string; readonly from: 'client' | 'server'; readonly sha1: string }
  | { readonly report: 'delivered'; readonly client: string }
  | {
      readonly report: 'connect-failed'
      readonly route: string
      readonly failure: ConnectFailure
      readonly code: string
      readonly tookMs: number
    }
  | {
      readonly report: 'ended'
      readonly route: string
      readonly client: string
      readonly end: RelayEnd
      readonly counted: Counted
    }
  /** Of all relays, those that closed. */
  | { readonly report: 'quiet'; readonly closed: number }
  | { readonly report: 'relays'; readonly looks: readonly RelayLook[] }
  | { readonly report: 'flow-failed'; readonly route: string; readonly failure: ConnectFailure; readonly code: string }
  | { readonly report: 'replies-lost'; readonly route: string; readonly count: number }
  | { readonly report: 'flow-refused'; readonly route: string; readonly client: string }
  | { readonly report: 'flow-closed'; readonly route: string; readonly client: string; readonly counted: Counted }
)

export type Kind = Report['report']
export type ReportOf<K extends Kind> = Extract<Report, { report: K }>
