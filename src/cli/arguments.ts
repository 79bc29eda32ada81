/** What commander hands over as text, read; what cannot be read is told as it tells its own errors. */
import { InvalidArgumentError } from 'commander'
import { parseDuration } from '../core/duration.js'

/** Milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 30s, 5m or 1m30s.')
  return ms
}

export function wholeNumber(text: string): number {
  if (!isWhole(text)) throw new InvalidArgumentError('Expected a whole number, 0 or more.')
  return Number(text)
}

export function countingNumber(text: string): number {
  if (!isWhole(text) || Number(text) === 0) throw new InvalidArgumentError('Expected a whole number, 1 or more.')
  return Number(text)
}

/** A whole number from 0 to `most`. */
export function wholeNumberTo(most: number): (text: string) => number {
  return (text) => {
    if (!isWhole(text) || Number(text) > most) {
      throw new InvalidArgumentError(`Expected a whole number from 0 to ${most}.`)
    }
    return Number(text)
  }
}

function isWhole(text: string): boolean {
  return /^\d{1,9}$/.test(text)
}
