/** What asking for a host name yields. */

export interface Answer {
  /** Numeric addresses, canonical text, the preferred one first; at least one. */
  readonly hosts: readonly string[]
  readonly ttlMs: number
  /** Families whose question got no answer, as opposed to the answer that there is none. */
  readonly unanswered: readonly (4 | 6)[]
}

/** Rejects with ResolveError. */
export type Ask = (host: string) => Promise<Answer>

/** A name did not resolve; the message says why in words and does not repeat the name. */
export class ResolveError extends Error {}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such name',
  ENODATA: 'the name has no address',
  ETIMEOUT: 'no answer from the DNS servers',
  ECONNREFUSED: 'the DNS servers cannot be reached',
  EAI_AGAIN: 'the DNS servers cannot be reached at present',
  ESERVFAIL: 'the DNS server failed (SERVFAIL)',
  EREFUSED: 'the DNS server refused to answer (REFUSED)',
}

export function resolveError(error: unknown): ResolveError {
  // node:dns rejects with errors that carry a code; any other error simply has none
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) }
  return new ResolveError((code && WORDS[code]) ?? code ?? message, { cause: error })
}
