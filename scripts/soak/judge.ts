/** The verdict: every way in which a soak can have failed, in words. */

import type { StatusDocument } from '../../src/control/runtime-api/status/document.js'
import { discrepancies } from '../../tests/support/conservation.js'
import type { Descriptors, Holdings } from '../../tests/support/processes.js'
import type { Journal } from './journal.js'
import type { Watched } from './proxy.js'
import type { Tally } from './tally.js'
import { mean, rise } from './trend.js'

export interface Sample {
  /** Seconds since the load began. */
  readonly at: number
  readonly watched: Watched
}

export interface Soak {
  readonly tally: Tally
  readonly samples: readonly Sample[]
  /** Before the first session, and after the last. */
  readonly before: Watched
  readonly after: Watched
  readonly status: StatusDocument
  readonly journal: Journal
  /** Workers that the soak itself killed. */
  readonly killed: number
}

/** The first third of the run is warm-up: V8 compiles and sizes its heap. */
const WARM_UP = 1 / 3
/** A shorter run says nothing about memory. */
const SHORTEST_TO_JUDGE_SECONDS = 120
/** What the line through a process's memory may rise after warm-up: this part of its mean, and never under 4 MB. */
const MOST_RISE = 0.05
const LEAST_BOUND_KB = 4_096
/** A worker keeps empty pipes for the next bulk: 32 of them, and 16 large ones (dataplane/linux/pipes.ts). */
const KEPT_PIPE_ENDS = 96

/** Empty when all is well. */
export function failures(soak: Soak): string[] {
  return [
    ...wrongBytes(soak),
    ...crashes(soak),
    ...(soak.killed > 0 ? [] : [...discrepancies(soak.status), ...unloggedSessions(soak)]),
    ...leftOvers(soak),
    ...memory(soak)
      .filter(({ isFlat }) => !isFlat)
      .map(({ text }) => `memory of ${text}`),
  ]
}

function wrongBytes({ tally, killed }: Soak): string[] {
  const { mismatches, falseEnds, cut, requests, datagrams, complaints } = tally
  const found: string[] = []
  if (mismatches > 0) found.push(`${mismatches} mismatches`)
  // a worker that is killed cuts its own sessions, and the kernel ends those in order that have nothing unread
  if (cut > 0 && killed === 0) found.push(`${cut} sessions cut`)
  if (falseEnds > 0 && killed === 0) found.push(`${falseEnds} cut transfers looked complete`)
  if (requests === 0 || datagrams === 0) found.push(`only ${requests} requests and ${datagrams} datagrams came through`)
  return found.length > 0 ? [...found, ...complaints] : []
}

function crashes({ journal, killed, tally }: Soak): string[] {
  const found: string[] = []
  const died = journal.count('worker-died')
  if (died !== killed) found.push(`${died} workers died, ${killed} of them were killed`)
  for (const event of ['failure', 'worker-refused', 'worker-notice', 'server-down', 'not JSON']) {
    if (journal.count(event) > 0) found.push(`${journal.count(event)} lines of ${event} in the log`)
  }
  const errors = journal.sessions.get('engine-error') ?? 0
  if (errors > 0) found.push(`${errors} sessions ended by engine-error`)
  // a datagram here and there is UDP; a tenth is a fault
  if (tally.lost > tally.datagrams / 10) found.push(`${tally.lost} of ${tally.datagrams} datagrams lost`)
  return found
}

/** Every connection and flow that was accepted leaves one line, or is counted as dropped. */
function unloggedSessions({ journal, status }: Soak): string[] {
  const accepted = status.frontends.reduce((sum, frontend) => sum + frontend.accepted, 0)
  const logged = journal.total + journal.droppedLines
  return logged === accepted ? [] : [`${accepted} sessions accepted, ${logged} lines of sessions written or dropped`]
}

function leftOvers({ before, after, status, killed }: Soak): string[] {
  const found: string[] = []
  if (status.sessions.live !== 0)
    found.push(`${status.sessions.live} sessions counted as live after the last has ended`)
  if (after.workers.length !== before.workers.length) found.push(`${after.workers.length} workers are left`)
  const pairs = [[before.control, after.control] as const, ...pairUp(before.workers, after.workers)]
  for (const [was, is] of pairs) found.push(...grown(was, is, killed > 0))
  return found
}

function pairUp(before: readonly Holdings[], after: readonly Holdings[]): (readonly [Holdings, Holdings])[] {
  return before.flatMap((was, i) => (after[i] ? [[was, after[i]] as const] : []))
}

/** A restarted worker may have another number of threads: V8 starts some of them when it needs them. */
export function grown(was: Holdings, is: Holdings, isAnother: boolean): string[] {
  const found: string[] = []
  const { sockets, others, pipes } = is.descriptors
  if (sockets > was.descriptors.sockets) found.push('sockets')
  if (others > was.descriptors.others) found.push('other descriptors')
  if (pipes > was.descriptors.pipes + KEPT_PIPE_ENDS) found.push('ends of pipes')
  if (is.threads > was.threads && !isAnother) found.push(`threads, ${was.threads} before and ${is.threads} after`)
  return found.map((what) => `process ${is.pid} has more ${what} than before: ${words(was)}, now ${words(is)}`)
}

function words({ descriptors }: Holdings): string {
  return JSON.stringify(descriptors satisfies Descriptors)
}

export interface MemoryFinding {
  readonly text: string
  readonly isFlat: boolean
}

/** Of each process that lived through the whole run; none for a run too short to tell. */
export function memory({ samples }: Pick<Soak, 'samples'>): MemoryFinding[] {
  return (samples.at(-1)?.at ?? 0) < SHORTEST_TO_JUDGE_SECONDS ? [] : memoryOf(samples)
}

/** However short the run was. */
export function memoryOf(samples: readonly Sample[]): MemoryFinding[] {
  const seconds = samples.at(-1)?.at ?? 0
  const steady = samples.filter(({ at }) => at >= seconds * WARM_UP)
  const pids = new Map(steady.flatMap(({ watched }) => named(watched)))
  return [...pids].flatMap(([pid, name]) => {
    const points = steady.flatMap(({ at, watched }) => {
      const found = [watched.control, ...watched.workers].find((one) => one.pid === pid)
      return found ? [{ at, value: found.rssKb }] : []
    })
    return points.length === steady.length ? [finding(name, rise(points), mean(points.map(({ value }) => value)))] : []
  })
}

function named({ control, workers }: Watched): [number, string][] {
  return [[control.pid, 'control'], ...workers.map(({ pid }, i): [number, string] => [pid, `worker ${i + 1}`])]
}

function finding(name: string, riseKb: number, meanKb: number): MemoryFinding {
  const bound = Math.max(LEAST_BOUND_KB, meanKb * MOST_RISE)
  const [grew, average, most] = [riseKb, meanKb, bound].map((kb) => `${(kb / 1_024).toFixed(1)} MB`)
  return {
    text: `${name}: mean ${average}, trend ${grew} over the run after warm-up (at most ${most})`,
    isFlat: riseKb <= bound,
  }
}
