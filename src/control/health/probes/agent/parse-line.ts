/**
 * A line of HAProxy's agent-check protocol: configuration guide, `agent-check`. Words in any order and in any case, parted
 * by blanks, tabs or commas; of two of one kind the last one holds. What follows a `#` is a description.
 */
import type { AdminState, Health } from '../../../../core/server-state.js'
import type { Advice } from '../probe.js'

export interface AgentLine {
  readonly advice: Advice
  /** The first word that means nothing. */
  readonly unknown: string | undefined
}

const HEALTH: Readonly<Record<string, Health>> = {
  up: 'up',
  down: 'down',
  stopped: 'down',
  fail: 'down',
  failed: 'down',
}
const ADMIN: Readonly<Record<string, AdminState>> = { ready: 'ready', drain: 'drain', maint: 'maint' }

/** HAProxy's: beyond it every weight is the heaviest. */
const MOST_PERCENT = 25_600
const MOST_SESSIONS = 10_000_000

/** @param line without its end */
export function parseLine(line: string): AgentLine {
  const [said = ''] = line.split('#', 1)
  const words = said.split(/[ \t,]+/).filter((word) => word !== '')
  const meanings = words.map((word) => meaningOf(word.toLowerCase()))
  let advice: Advice = {}
  for (const meaning of meanings) advice = { ...advice, ...meaning }
  return { advice, unknown: words.find((_, i) => meanings[i] === undefined) }
}

function meaningOf(word: string): Advice | undefined {
  if (Object.hasOwn(HEALTH, word)) return { health: HEALTH[word] ?? 'down' }
  if (Object.hasOwn(ADMIN, word)) return { admin: ADMIN[word] ?? 'ready' }
  const percent = /^(\d{1,9})%$/.exec(word)?.[1]
  if (percent !== undefined) return { weightPercent: Math.min(MOST_PERCENT, Number(percent)) }
  const sessions = /^maxconn:(\d{1,9})$/.exec(word)?.[1]
  return sessions === undefined ? undefined : { maxSessions: Math.min(MOST_SESSIONS, Number(sessions)) }
}
