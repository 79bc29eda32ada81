/** Durations as people write them: `500ms`, `2s`, `1m30s`, `1h`, `2d`. Whole numbers, largest unit first, each once. */

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

const AMOUNTS = new RegExp(`^(?=\\d)${UNITS.map(([unit]) => `(?:(\\d{1,15})${unit})?`).join('')}$`)

/** The texts that parseDuration takes, as a regular expression without anchors. */
export const DURATION_SHAPE = `(?=\\d)${UNITS.map(([unit]) => `(?:\\d{1,15}${unit})?`).join('')}`

/** Milliseconds, or undefined when `text` is no duration. A number without a unit is none: nobody could say of what. */
export function parseDuration(text: string): number | undefined {
  const amounts = AMOUNTS.exec(text)
  if (!amounts) return undefined
  const total = UNITS.reduce((sum, [, ms], i) => sum + Number(amounts[i + 1] ?? 0) * ms, 0)
  return Number.isSafeInteger(total) ? total : undefined
}

/** The shortest text that parses back to `ms`, a whole number of milliseconds from 0. */
export function formatDuration(ms: number): string {
  let rest = ms
  let text = ''
  for (const [unit, size] of UNITS) {
    const amount = Math.floor(rest / size)
    if (amount > 0) text += `${amount}${unit}`
    rest -= amount * size
  }
  return text || '0s'
}
