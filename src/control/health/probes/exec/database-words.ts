/** `role=replica lag_ms=120 position=4711 timeline=3`: what a command tells of a database in its line of output. */
import { ROLES } from '../../../../core/role.js'
import type { DatabaseFinding } from '../probe.js'

const KEYS = ['role', 'lag_ms', 'position', 'timeline'] as const
type Key = (typeof KEYS)[number]

/**
 * Words of these keys may stand anywhere among others.
 * @returns undefined when there are none; what is wrong, in words, when one of them is not as it must be
 */
export function parseDatabaseWords(line: string): DatabaseFinding | string | undefined {
  const found = new Map<Key, string>()
  for (const word of line.split(/\s+/)) {
    const key = KEYS.find((key) => word.startsWith(`${key}=`))
    if (key === undefined) continue
    if (found.has(key)) return `${key}= stands there twice`
    found.set(key, word.slice(key.length + 1))
  }
  return found.size === 0 ? undefined : databaseOf(found)
}

function databaseOf(found: ReadonlyMap<Key, string>): DatabaseFinding | string {
  const given = found.get('role')
  if (given === undefined) return `${[...found.keys()].join(', ')} without role=`
  const role = ROLES.find((role) => role === given)
  if (!role) return `role=${given}, expected ${ROLES.map((role) => `role=${role}`).join(' or ')}`
  const wrong = [...found].find(([key, text]) => key !== 'role' && wholeNumber(text) === undefined)
  if (wrong) return `${wrong.join('=')}, expected a whole number`
  const [lagMs, position, timeline] = [
    numberOf(found, 'lag_ms'),
    numberOf(found, 'position'),
    numberOf(found, 'timeline'),
  ]
  return {
    role,
    ...(lagMs !== undefined && { lagMs }),
    ...(position !== undefined && { position }),
    ...(timeline !== undefined && { timeline }),
  }
}

function numberOf(found: ReadonlyMap<Key, string>, key: Key): number | undefined {
  return wholeNumber(found.get(key) ?? '')
}

/** Exact ones only: up to 2^53. */
function wholeNumber(text: string): number | undefined {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}
