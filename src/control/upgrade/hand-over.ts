/**
 * What two generations of headgate say to each other while one hands over to the next, over a unix socket that the new one
 * inherits, as it does the listening sockets. The two may be of different versions.
 */
import type { FlowLinkEnd } from '../../core/messages.js'
import type { HandedSocket } from '../workers/listening-sockets.js'

/** Raised when a successor could misunderstand what it is given; it then refuses, and the old one goes on. */
export const HAND_OVER_VERSION = 1

/** Names the inherited socket to the predecessor, in the environment of a successor. */
export const HAND_OVER_VARIABLE = 'HEADGATE_HAND_OVER'

/** A generation that has handed over and lives on for its sessions. */
export interface Ancestor {
  readonly generation: number
  readonly pid: number
  /** Path of its own stats socket. */
  readonly socket: string
}

/** All that a generation leaves to the next. */
export interface Estate {
  readonly type: 'estate'
  readonly version: number
  /** Number of the successor's generation; the first is 1. */
  readonly generation: number
  /** Descriptors are the successor's. */
  readonly sockets: readonly HandedSocket[]
  /** Links between the workers of both, over which UDP flows pass; one for each share. */
  readonly flowLinks: readonly FlowLinkEnd[]
  /** The stats socket, which the successor takes over. */
  readonly socket: string
  /** Who is still there, the predecessor included, oldest first. */
  readonly ancestors: readonly Ancestor[]
  /** Paths of the servers that are down: nobody needs to find out again. */
  readonly down: readonly string[]
  /** Paths of the servers whose agents said down, and not up since; absent from versions that knew no agents. */
  readonly saidDown?: readonly string[]
}

export interface Take {
  readonly type: 'take'
  /** What operators changed, as a state file has it (state/document); absent from versions that had only the file. */
  readonly state?: string
}

export type ToSuccessor =
  | Estate
  /** The predecessor let go of what only one may hold: metrics, the stats socket. */
  | Take

export type ToPredecessor =
  /** Everything that may fail without consequences has been tried. */
  | { readonly type: 'prepared' }
  /** It takes connections. */
  | { readonly type: 'serving'; readonly headgate: string }
  /** It cannot, for this reason, and ends. */
  | { readonly type: 'failed'; readonly why: string }
