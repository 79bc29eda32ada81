/** A single probe, in lines for people. */
import { formatDuration } from '../../core/duration.js'
import type { ProbeDocument } from './probe-once.js'
import type { Advice, DatabaseFinding } from './probes/probe.js'

/** @param paint the verdict, by whether it is good */
export function probeLines(document: ProbeDocument, paint = (words: string, _passed: boolean) => words): string[] {
  const { server, address, check, steps, passed, code, reason, words, durationMs, database, advice } = document
  const verdict = passed ? `passed, ${code}` : `failed, ${code} ${reason}`
  return [
    `${server} at ${address}, check ${check}`,
    ...steps.map((step) => `${milliseconds(step.afterMs)}  ${step.words}`),
    `${milliseconds(durationMs)}  ${paint(verdict, passed)}: ${words}`,
    ...(database ? [databaseWords(database)] : []),
    ...(advice ? [adviceWords(advice)] : []),
  ]
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`.padStart(11)
}

function databaseWords({ role, lagMs, position, timeline }: DatabaseFinding): string {
  const facts = [
    `role ${role}`,
    ...(lagMs === undefined ? [] : [`lag ${formatDuration(Math.round(lagMs))}`]),
    ...(position === undefined ? [] : [`position ${position}`]),
    ...(timeline === undefined ? [] : [`timeline ${timeline}`]),
  ]
  return facts.join(', ')
}

/** It was not followed: a single probe changes nothing. */
function adviceWords({ health, admin, weightPercent, maxSessions }: Advice): string {
  const asked = [
    ...(health === undefined ? [] : [`health ${health}`]),
    ...(admin === undefined ? [] : [`admin state ${admin}`]),
    ...(weightPercent === undefined ? [] : [`${weightPercent}% of its weight`]),
    ...(maxSessions === undefined ? [] : [`at most ${maxSessions} sessions`]),
  ]
  return `asks for ${asked.join(', ')}`
}
