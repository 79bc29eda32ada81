/** The verdict: every way in which reloads can have been noticed, in words, and the figures. */
import type { StatusDocument } from '../../src/control/runtime-api/status/document.js'
import type { Engine } from '../../tests/support/engines.js'
import type { Holdings } from '../../tests/support/processes.js'
import type { Journal } from '../soak/journal.js'
import { grown, memoryOf, type Sample as Watching } from '../soak/judge.js'
import type { Watched } from '../soak/proxy.js'
import type { HttpReport } from './http-load.js'

export interface Sample extends Watching {
  readonly tookMs: number
}

export interface Reloads {
  readonly engine: Engine
  /** As many as were asked for. */
  readonly reloads: number
  readonly samples: readonly Sample[]
  readonly complaints: readonly string[]
  readonly http: readonly HttpReport[]
  readonly udp: {
    readonly flows: number
    readonly servers: readonly string[]
    readonly unanswered: number
    readonly echoes: number
    readonly datagramsLost: number
  }
  /** Before the first session, and after the last. */
  readonly before: Watched
  readonly after: Watched
  readonly status: StatusDocument
  readonly journal: Journal
  readonly counts: { readonly done: number; readonly refused: number }
}

/** What goes wrong once goes wrong again, as a rule. */
const MOST_COMPLAINTS = 5

/** Fewer reloads say nothing about memory. */
export function isLongEnoughForMemory(reloads: number): boolean {
  return reloads >= 60
}

export function verdict(result: Reloads): boolean {
  const { engine, reloads, samples, http, udp } = result
  const found = failures(result)
  const times = samples.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  const [median = 0, most = 0] = [times[times.length >> 1], times.at(-1)]
  const requests = http.reduce((sum, one) => sum + one.requests, 0)
  console.log(
    `${reloads} reloads on the ${engine} engine; each took ${median.toFixed(0)} ms (median), ${most.toFixed(0)} ms at most`,
  )
  console.log(
    `${requests} HTTP requests; ${udp.flows} flows on ${udp.servers.join(', ')}, ${udp.unanswered} datagrams of theirs unanswered`,
  )
  console.log(`${udp.echoes} datagrams echoed beside them, ${udp.datagramsLost} late or lost`)
  console.log(`descriptors, threads before: ${words(result.before)}; after: ${words(result.after)}`)
  for (const { text } of memory(result)) console.log(`memory of ${text}`)
  for (const failure of found) console.log(`FAILED: ${failure}`)
  console.log(found.length === 0 ? 'reloads: nobody noticed' : 'reloads: FAILED')
  return found.length === 0
}

function failures(result: Reloads): string[] {
  const { complaints, http, counts, samples, reloads, status, journal, before, after } = result
  const found = [...complaints.slice(0, MOST_COMPLAINTS), ...http.flatMap(({ failures }) => failures ?? [])]
  if (http.some(({ requests }) => requests === 0)) found.push('a load without a single request')
  if (samples.length !== reloads || counts.refused > 0)
    found.push(`${samples.length} reloads, ${counts.refused} refused`)
  if (status.sessions.live !== 0) found.push(`${status.sessions.live} sessions counted as live after the last`)
  for (const { name, refused } of status.frontends) {
    const sum = refused.frontendLimit + refused.globalLimit + refused.noServer + refused.connect
    if (sum > 0) found.push(`frontend ${name} refused ${sum} sessions: ${JSON.stringify(refused)}`)
  }
  for (const event of ['worker-died', 'worker-refused', 'worker-notice', 'failure', 'server-down', 'backend-down']) {
    if (journal.count(event) > 0) found.push(`${journal.count(event)} lines of ${event} in the log`)
  }
  for (const reason of ['server-reset', 'engine-error', 'frontend-removed', 'no-server']) {
    const count = journal.sessions.get(reason) ?? 0
    if (count > 0) found.push(`${count} sessions ended by ${reason}`)
  }
  if (before.workers.length !== after.workers.length) found.push(`${after.workers.length} workers are left`)
  for (const [was, is] of pairs(before, after)) found.push(...grown(was, is, false))
  found.push(...memory(result).flatMap(({ isFlat, text }) => (isFlat ? [] : [`memory of ${text}`])))
  return found
}

function memory({ samples, reloads }: Reloads) {
  return isLongEnoughForMemory(reloads) ? memoryOf(samples) : []
}

function pairs(before: Watched, after: Watched): (readonly [Holdings, Holdings])[] {
  const workers = before.workers.flatMap((was, i) => (after.workers[i] ? [[was, after.workers[i]] as const] : []))
  return [[before.control, after.control], ...workers]
}

function words({ control, workers }: Watched): string {
  return [control, ...workers]
    .map(({ descriptors: { sockets, pipes, others }, threads }) => `${sockets + pipes + others}, ${threads}`)
    .join(' / ')
}
