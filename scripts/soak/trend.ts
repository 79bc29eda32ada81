/** Whether a series of measurements grows: the line of least squares through it. */

export interface Point {
  /** Seconds. */
  readonly at: number
  readonly value: number
}

/** By how much the line rises from the first point to the last; 0 for fewer than two. */
export function rise(points: readonly Point[]): number {
  const [first, last] = [points[0], points.at(-1)]
  if (first === undefined || last === undefined || first === last) return 0
  const meanAt = mean(points.map(({ at }) => at))
  const meanValue = mean(points.map(({ value }) => value))
  let products = 0
  let squares = 0
  for (const { at, value } of points) {
    products += (at - meanAt) * (value - meanValue)
    squares += (at - meanAt) ** 2
  }
  return squares === 0 ? 0 : (products / squares) * (last.at - first.at)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
