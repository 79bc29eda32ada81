/** Medians and ranges over rounds, and percentiles of latencies. */

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spread(values: readonly number[]): Spread | undefined {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  const min = sorted[0]
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) return undefined
  return { median: median(sorted), min, max }
}

function median(sorted: readonly number[]): number {
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  const lower = sorted[half - 1] ?? upper
  return sorted.length % 2 === 1 ? upper : (lower + upper) / 2
}

/** Ratios of what was measured in the same round, so that a slow minute of the machine hits both sides. */
export function ratios(values: readonly number[], reference: readonly number[]): Spread | undefined {
  return spread(values.flatMap((value, round) => value / (reference[round] ?? Number.NaN)))
}

/**
 * The percentile of each slice of `size` values, and of those the median: what a proxy does while the machine does not
 * hold anybody up. A virtual machine that loses its core for some milliseconds, a few times a second, spoils a few slices.
 */
export function typicalPercentile(values: Float64Array, part: number, size: number): number {
  const slices = Array.from({ length: Math.floor(values.length / size) }, (_, i) => i * size)
  return spread(slices.map((from) => percentile(values.subarray(from, from + size), part)))?.median ?? Number.NaN
}

/** @param part 0 to 1 */
export function percentile(values: Float64Array, part: number): number {
  const sorted = values.slice().sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
