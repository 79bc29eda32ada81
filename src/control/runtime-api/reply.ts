/** What a command answers: in HAProxy's words for its tools, and as data for programs that add `json`. */
import type { ConfigError } from '../../config/errors.js'
import type { Severity } from './severity.js'

export type Reply = Success | Refusal

export interface Success {
  readonly ok: true
  /** Whole lines; empty for a change that HAProxy acknowledges in silence. */
  readonly text: string
  readonly data?: unknown
  /** Of a message; a dump has none. */
  readonly severity?: Severity
  /** More text, after the rest, until the signal: the client said something, or is gone. */
  readonly follow?: (stop: AbortSignal) => AsyncIterable<string>
}

export interface Refusal {
  readonly ok: false
  /** HAProxy's words, mostly with a line feed at their end. */
  readonly text: string
  readonly severity: Severity
  /** What the caller may have meant, e.g. `replicas/r1`. */
  readonly nearest?: string | undefined
  /** What is wrong with the config, one by one. */
  readonly errors?: readonly ConfigError[]
}

/** The JSON shape of every refusal. */
export interface ErrorDocument {
  readonly error: string
  readonly nearest?: string
  readonly errors?: readonly ConfigError[]
}

/** A dump: what was asked for. */
export function show(text: string, data?: unknown): Success {
  return { ok: true, text, data }
}

/** A message to a person, as HAProxy sets it apart from a dump. */
export function tell(text: string, data?: unknown): Success {
  return { ok: true, text, data, severity: 'info' }
}

/** A change was made; `change` tells what was and what is. */
export function done(change: unknown): Success {
  return { ok: true, text: '', data: change }
}

export function refuse(text: string, nearest?: string): Refusal {
  return { ok: false, text, nearest, severity: 'err' }
}

export function asJson(reply: Reply): string {
  return `${JSON.stringify(reply.ok ? (reply.data ?? {}) : errorDocument(reply))}\n`
}

function errorDocument({ text, nearest, errors }: Refusal): ErrorDocument {
  return { error: text.trimEnd(), ...(nearest !== undefined && { nearest }), ...(errors && { errors }) }
}
