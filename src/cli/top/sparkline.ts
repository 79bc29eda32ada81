/** A row of small bars, one for each value, the latest to the right. */

export interface Bars {
  /** From lowest to highest. */
  readonly levels: string
  /** Stands where something failed. */
  readonly failed: string
}

const BLOCKS: Bars = { levels: '▁▂▃▄▅▆▇█', failed: '×' }
const LETTERS: Bars = { levels: '_.-~=+*#', failed: 'x' }

/** Blocks need Unicode: a locale that says it has none gets letters. */
export function barsFor({ LC_ALL, LC_CTYPE, LANG }: Readonly<Record<string, string | undefined>>): Bars {
  const locale = LC_ALL || LC_CTYPE || LANG || 'UTF-8'
  return /utf-?8/i.test(locale) ? BLOCKS : LETTERS
}

/** null leaves a blank: nothing was to be measured. */
export type Measured = number | 'failed' | null

/**
 * The last `width` values, scaled so that the highest of them is a full bar.
 * @param least what the highest is taken for when it is below, so that noise does not look like a mountain
 */
export function sparkline(values: readonly Measured[], width: number, least: number, { levels, failed }: Bars): string {
  const shown = values.slice(-width)
  const highest = Math.max(least, ...shown.filter((value) => typeof value === 'number')) || 1
  const bar = (value: Measured) => {
    if (value === null) return ' '
    if (value === 'failed') return failed
    return levels[Math.min(levels.length - 1, Math.floor((value / highest) * levels.length))] ?? ' '
  }
  return shown.map(bar).join('').padStart(width)
}
