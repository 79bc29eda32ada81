import { circumstances, obstacles, pauseWords } from '../../health/explain.js'
import type { ProbeRun, Server } from '../../registry/server.js'
import type { Call, Command } from '../command.js'
import { show } from '../reply.js'
import type { ServerStatus } from '../status/document.js'
import { serverStatus } from '../status/server-status.js'
import { findServer } from '../target.js'

/** What `json` answers; `why` leaves the probes out: they stand in `probes`. */
export interface WhyDocument extends ServerStatus {
  /** What keeps new sessions from it now, each in a few words; empty when it may be chosen. */
  readonly obstacles: readonly string[]
  /** The last probes, newest first; empty without a check. */
  readonly probes: readonly ProbeRun[]
  /** Frontends that feed its backend. */
  readonly frontends: readonly string[]
  /** The daemon's clock, Unix time, ms. */
  readonly now: number
}

export const showWhy: Command = {
  words: ['show', 'why'],
  usage: 'show why <bk>/<srv> [json]',
  summary: 'why a server is in its state: its last probes, who changed what, what keeps sessions from it',
  level: 'user',
  most: 1,
  json: true,
  run([path], call) {
    const found = findServer(call.registry, path)
    if (!found.ok) return found
    const document = whyDocument(found.it, call)
    return show(text(document), document)
  },
}

function whyDocument(server: Server, call: Call): WhyDocument {
  const { registry, now } = call
  const backend = registry.backendOf(server)
  const paused = pauseWords(backend, now)
  return {
    ...serverStatus(server, call),
    why: circumstances(server, now),
    obstacles: [...(paused === undefined ? [] : [`its backend is ${paused}`]), ...obstacles(server, now)],
    probes: server.check?.runs ?? [],
    frontends: registry.frontends.filter((frontend) => frontend.backends.includes(backend)).map(({ name }) => name),
    now,
  }
}

function text({ status, obstacles, why, probes }: WhyDocument): string {
  const verdict = obstacles.length === 0 ? 'takes new sessions' : `takes no new sessions: ${obstacles.join('; ')}`
  return [status, verdict, ...why, ...probes.map(probeLine), ''].join('\n')
}

function probeLine({ passed, count, code, reason, words, from, to }: ProbeRun): string {
  const verdict = passed ? code : `${code} ${reason}`
  return `${count} x ${verdict}, ${words}, ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`
}
