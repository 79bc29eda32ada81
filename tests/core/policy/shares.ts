/** How often each server was chosen, and how often it should have been. */
import type { Policy } from '../../../src/core/policy/policy.js'
import { keyOf, type TestBackend } from '../test-backend.js'

/** Chooses for this many clients and counts by position. Every session is held, by one worker after the other. */
export function countPicks(backend: TestBackend, policies: readonly Policy[], picks: number): number[] {
  const counts = backend.positions.map(() => 0)
  for (let client = 0; client < picks; client++) {
    const worker = client % policies.length
    const position = policies[worker]?.choose(keyOf(client), []) ?? -1
    counts[position] = (counts[position] ?? 0) + 1
    backend.enter(position, worker)
  }
  return counts
}

/**
 * The counts that are too far from their share: by more than 5 standard deviations of a fair draw, which is under 1 % of
 * 100,000 picks whatever the share, and 4 picks, since the entries of a Maglev table cannot be divided.
 */
export function unfairCounts(counts: readonly number[], weights: readonly number[]): string[] {
  const picks = sum(counts)
  const total = sum(weights)
  return counts.flatMap((count, position) => {
    const share = (weights[position] ?? 0) / total
    const fair = picks * share
    const tolerance = 5 * Math.sqrt(fair * (1 - share)) + 4
    return Math.abs(count - fair) <= tolerance
      ? []
      : [`position ${position}: ${count} picks, fair is ${fair.toFixed(1)}`]
  })
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
