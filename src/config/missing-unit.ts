/** A number where a duration belongs: what was probably meant. Only what would be taken is suggested. */
import { parseDuration } from '../core/duration.js'
import type { Value } from './tree.js'

/**
 * Seconds; from 1000 on milliseconds, as HAProxy has them.
 * @param expected the words for what may stand there, such as `"off", or a duration from 1ms to 24d, …`
 */
export function missingUnit(value: Value | undefined, expected: string): string | undefined {
  if (typeof value === 'object' || !/\ba duration\b/.test(expected)) return undefined
  const number = String(value)
  if (!/^\d{1,9}$/.test(number)) return undefined
  if (Number(number) === 0) return expected.startsWith('"off"') ? didYouMean('off') : undefined
  const text = `${number}${Number(number) < 1_000 ? 's' : 'ms'}`
  if (!isTaken(parseDuration(text) ?? 0, expected)) return undefined
  const [, before] = /"([a-z ]+)" and a duration\b/.exec(expected) ?? []
  return didYouMean(before === undefined ? text : `${before} ${text}`)
}

function isTaken(ms: number, expected: string): boolean {
  const [, from = '', to = ''] = /\bfrom (\w+) to (\w+)/.exec(expected) ?? []
  const isWhole = ms % 1_000 === 0 || !expected.includes('whole seconds')
  return isWhole && ms >= (parseDuration(from) ?? 0) && ms <= (parseDuration(to) ?? Number.POSITIVE_INFINITY)
}

function didYouMean(text: string): string {
  return `did you mean "${text}"?`
}
