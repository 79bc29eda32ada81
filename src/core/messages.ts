/**
 * What control and a worker say to each other on the control channel. Plain data: it passes a MessagePort by
 * structured clone and a unix socket as JSON. Every request carries a number that its acknowledgement repeats.
 */
import type { Address } from './address.js'
import type { AskedRole } from './lane.js'
import type { KillReason } from './reasons.js'
import type { Spoken } from './spoken.js'

/** TCP options of one side of a session; undefined leaves the system's default. Times in milliseconds. */
export interface TcpOptions {
  readonly noDelay: boolean
  /** SO_KEEPALIVE with its times (tcp(7)); false turns it off. */
  readonly keepalive: { readonly idleMs: number; readonly intervalMs: number; readonly count: number } | false
  /** TCP_USER_TIMEOUT; 0 leaves it off. */
  readonly userTimeoutMs: number
}

export interface ListenerShape {
  readonly protocol: 'tcp' | 'udp'
  readonly address: Address
  /** Of [::]: IPv4 clients are not for this one, since 0.0.0.0 of the same port is listened on, too. */
  readonly ipv6Only?: boolean
  /** Which of the sockets that share the address (SO_REUSEPORT) this is: a worker may hold several after another died. */
  readonly share: number
  /**
   * A socket that control has bound and hands over (linux engine). In control it is control's own descriptor, on the
   * channel its place among the descriptors that come with the message, in the worker the worker's. Absent when the
   * worker has the listener already, or has to bind `address` itself.
   */
  readonly descriptor?: number
}

export interface FrontendShape {
  /** Row in the scoreboard. */
  readonly id: number
  readonly name: string
  /** Rows of the backends that it feeds; their weights stand on the scoreboard. Never empty. */
  readonly backends: readonly number[]
  /** Which of their servers, by role. */
  readonly role: AskedRole
  readonly protocol: 'tcp' | 'udp'
  readonly listeners: readonly ListenerShape[]
  /** Milliseconds without a byte from the client; 0 is off. TCP only. */
  readonly clientIdleMs: number
  readonly speaks: Spoken
  /** Log sessions that carried no byte (port scans, probes of another balancer). */
  readonly logEmpty: boolean
  readonly tcp: TcpOptions
  /** Length of the accept queue, listen(2). */
  readonly backlog: number
  /** TCP_DEFER_ACCEPT: wake only when the client has sent something (linux engine). */
  readonly deferAccept: boolean
}

export interface ServerShape {
  /** Row in the scoreboard. */
  readonly slot: number
  readonly name: string
  /** Undefined while its host name has never resolved: not eligible. */
  readonly address?: Address
}

/** TCP sessions that no server can take. */
export interface WaitingLimits {
  /** Milliseconds that one may wait for a server; 0 refuses it at once. */
  readonly noServerMs: number
  /** How many may wait at one time, over all workers. */
  readonly most: number
}

export interface BackendShape {
  /** Row in the scoreboard. */
  readonly id: number
  readonly name: string
  /** Name in the list of policies. */
  readonly policy: string
  /** What a keyed policy hashes. */
  readonly key: 'address' | 'address:port'
  readonly connectTimeoutMs: number
  /** Further servers to try after a failed connect. */
  readonly retries: number
  /** Milliseconds without a byte from the server; 0 is off. TCP only. */
  readonly serverIdleMs: number
  readonly waiting: WaitingLimits
  readonly tcp: TcpOptions
  /** Local address of connections to servers. */
  readonly source?: Address
  /** Milliseconds after which a silent UDP flow is closed. */
  readonly udpIdleMs: number
  readonly servers: readonly ServerShape[]
}

/** Everything that a worker needs to know beyond the scoreboard. A new one replaces the old one whole. */
export interface Shape {
  readonly frontends: readonly FrontendShape[]
  readonly backends: readonly BackendShape[]
  /** Send close records of sessions (log level and [runtime].log.sessions decide). */
  readonly records: boolean
}

/** Which sessions; every given field must match. */
export interface SessionFilter {
  readonly id?: string
  readonly frontend?: number
  readonly backend?: number
  readonly server?: number
}

/** Which sessions to list. */
export interface SessionListFilter extends SessionFilter {
  /** As `SessionInfo` has it, or `192.0.2.7:` for any port of an address. */
  readonly client?: string
  /** Milliseconds: no younger than that. */
  readonly olderThan?: number
}

/** Sessions to be closed because they are not used. */
export interface IdleClose {
  /** Rows of the frontends. */
  readonly frontends: readonly number[]
  /** Row of the server. */
  readonly server: number
  /** Milliseconds: only those that have rested for so long. */
  readonly idleMs: number
  /** Those that have rested longest come first. */
  readonly most: number
}

/** TCP sessions of one frontend on one server, by their rows. */
export interface SessionCount {
  readonly frontend: number
  readonly server: number
  readonly live: number
  /** Of those, the ones that have rested for as long as was asked. */
  readonly idle: number
}

/** A socket between two workers of different generations, over which the flows of one share pass. */
export interface FlowLinkEnd {
  /** As in ListenerShape. */
  readonly share: number
  /** As in ListenerShape. */
  readonly descriptor: number
}

/** How sessions are killed. */
export interface Kill {
  readonly reason: KillReason
  /** Milliseconds over which the kills are spread evenly; 0 is at once. Those killed later are counted in the answer. */
  readonly overMs: number
}

export type Request =
  /** Take this shape: bind new listeners, close those that are gone. Fails whole when a listener cannot be bound. */
  | { readonly do: 'configure'; readonly shape: Shape }
  | { readonly do: 'list-sessions'; readonly filter: SessionListFilter; readonly limit: number }
  | ({ readonly do: 'kill-sessions'; readonly filter: SessionFilter } & Kill)
  /** Counts the TCP sessions of a backend. @param idleMs milliseconds of rest that make one idle */
  | { readonly do: 'count-sessions'; readonly backend: number; readonly idleMs: number }
  /** Closes sessions in order, but none in which anything is under way. The answer counts them. */
  | ({ readonly do: 'close-idle' } & IdleClose)
  /** Close all listeners; sessions go on. */
  | { readonly do: 'stop-accepting' }
  /** A predecessor's flows will come over these links: the UDP ports of their shares stay unread until then. */
  | { readonly do: 'take-flows'; readonly links: readonly FlowLinkEnd[] }
  /** A successor has the UDP ports too: hand it the flows, and close the ports. The answer counts those that it took. */
  | { readonly do: 'send-flows'; readonly links: readonly FlowLinkEnd[] }
  /** End: sessions still alive are reset with reason `stopped`. */
  | { readonly do: 'quit' }

export type ToWorker = { readonly type: 'request'; readonly number: number; readonly request: Request }

export interface SessionInfo {
  readonly id: string
  readonly protocol: 'tcp' | 'udp'
  readonly frontend: string
  /** Absent while it waits for a server, where the frontend feeds several. */
  readonly backend?: string
  /** Absent while it waits for a server. */
  readonly server?: string
  readonly client: string
  /** Present while it waits for a server: there is none for it, or its backend is paused. */
  readonly waitingMs?: number
  readonly ageMs: number
  /** Since the last byte in either direction. */
  readonly idleMs: number
  readonly bytesIn: number
  readonly bytesOut: number
}

export interface BoundListener {
  readonly frontend: number
  readonly address: Address
}

/** What a worker tells on its own account; control logs it. */
export const WORKER_NOTICES = [
  'descriptors-exhausted',
  'descriptors-recovered',
  'ports-exhausted',
  'listener-failed',
  'engine-warning',
] as const
export type WorkerNotice = (typeof WORKER_NOTICES)[number]

export type Answer =
  | {
      readonly ok: true
      readonly listeners?: readonly BoundListener[]
      readonly sessions?: readonly SessionInfo[]
      readonly count?: number
      readonly counts?: readonly SessionCount[]
    }
  /** A listener could not be bound: errno name and which. */
  | { readonly ok: false; readonly code: string; readonly listener: string }

/** Any number of lines; in UTF-8 where they came over a socket, since they only pass through control. */
export type SessionLines = string | Uint8Array

export type FromWorker =
  | { readonly type: 'ready'; readonly engine: string; readonly pid: number }
  | { readonly type: 'answer'; readonly number: number; readonly answer: Answer }
  /** Sessions that ended: `count` lines of the log (core/session-line). */
  | { readonly type: 'closed'; readonly count: number; readonly lines: SessionLines }
  | { readonly type: 'notice'; readonly notice: WorkerNotice; readonly detail: string }
