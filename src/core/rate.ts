/** How often something may happen, as people write it: `5/s`, `30/m`, `100/h`. */

const UNITS = [
  ['s', 3_600],
  ['m', 60],
  ['h', 1],
] as const

const RATE = /^(\d{1,4})\/([smh])$/

/** The texts that parseRate takes, as a regular expression without anchors. */
export const RATE_SHAPE = '(?=\\d*[1-9])\\d{1,4}/[smh]'

/** Times an hour, at least 1; undefined when `text` is no rate. */
export function parseRate(text: string): number | undefined {
  const [, amount, unit] = RATE.exec(text) ?? []
  const perHour = UNITS.find(([name]) => name === unit)?.[1]
  const rate = Number(amount) * (perHour ?? 0)
  return rate > 0 ? rate : undefined
}

/** The shortest text that parses back to `perHour`. */
export function formatRate(perHour: number): string {
  const [unit, factor] = UNITS.find(([, factor]) => perHour % factor === 0) ?? ['h', 1]
  return `${perHour / factor}/${unit}`
}

/** Milliseconds from one time to the next. */
export function intervalOf(perHour: number): number {
  return 3_600_000 / perHour
}
