/** Amounts of bytes as PostgreSQL writes them: `512kB`, `16MB`, `1GB`, each unit 1024 times the one before. */

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1_024, MB: 1_048_576, GB: 1_073_741_824 }

/** The texts that parseSize takes, as a regular expression without anchors. */
export const SIZE_SHAPE = '\\d{1,12}(?:B|kB|MB|GB)'

const SIZE = /^(\d{1,12})(B|kB|MB|GB)$/

/** Bytes, or undefined when `text` is no such amount. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = SIZE.exec(text) ?? []
  const factor = unit === undefined ? undefined : UNITS[unit]
  return factor === undefined ? undefined : Number(amount) * factor
}

/** The shortest text that parses back to `bytes`, a whole number from 0. */
export function formatSize(bytes: number): string {
  const fitting = Object.entries(UNITS).filter(([, factor]) => bytes > 0 && bytes % factor === 0)
  const [unit, factor] = fitting.at(-1) ?? ['B', 1]
  return `${bytes / factor}${unit}`
}

/** To three digits, for people: `1.21 MB`. */
export function roughSize(bytes: number): string {
  const fitting = Object.entries(UNITS).filter(([, factor]) => bytes >= factor)
  const [unit, factor] = fitting.at(-1) ?? ['B', 1]
  return `${Number((bytes / factor).toPrecision(3))} ${unit}`
}
