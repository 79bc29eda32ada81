/** What values may be, as in the config's schema. */

export const HEAVIEST = 256
export const LARGEST_PORT = 65_535
export const MOST_SESSIONS = 10_000_000

/** From 0 to `most`; undefined when it is no such number. */
export function wholeNumber(value: unknown, most: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : undefined
}

/** A table of JSON; undefined when it is none. */
export function table(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(Object.entries(value))
}
