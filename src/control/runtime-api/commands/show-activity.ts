import { WORKER_COUNTERS } from '../../../core/scoreboard/counters.js'
import type { Command } from '../command.js'
import { show } from '../reply.js'

export const showActivity: Command = {
  words: ['show', 'activity'],
  usage: 'show activity',
  summary: 'show per-worker activity stats (for support/developers)',
  level: 'user',
  most: 0,
  json: true,
  run(_, { registry: { board }, workers: { count }, now }) {
    const each = Array.from({ length: count }, (_, worker) => worker)
    const counters = WORKER_COUNTERS.map(
      (name) => [FIELD_NAMES[name], each.map((worker) => board.workerCounter(worker, name))] as const,
    )
    const data = { workers: count, now, ...Object.fromEntries(counters) }
    const lines = counters.map(([name, values]) => `${name}: ${sum(values)} [ ${values.join(' ')} ]\n`)
    return show(`thread_id: 1 (1..${count})\ndate_now: ${(now / 1_000).toFixed(6)}\n${lines.join('')}`, data)
  },
}

/** In HAProxy's manner: the total, then each worker's. */
const FIELD_NAMES: Readonly<Record<(typeof WORKER_COUNTERS)[number], string>> = {
  loops: 'loops',
  recordsDropped: 'records_dropped',
  descriptorsExhausted: 'fd_exhausted',
}

function sum(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
