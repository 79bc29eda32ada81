/** The verdict: every way in which a failover can have gone wrong, in words, and the figures. */
import { type Answer, type PostgresLoad, READ_ONLY } from '../../tests/support/postgres-load.js'
import type { Journal } from '../soak/journal.js'
import type { Failover } from './failover.js'

export interface Failovers {
  readonly failovers: readonly Failover[]
  readonly writers: PostgresLoad
  readonly readers: PostgresLoad
  readonly journal: Journal
  /** Rows that were acknowledged and that the last primary does not have. */
  readonly lostRows: number
}

const WRITES_AGAIN_WITHIN_MS = 3_000
/** Sessions that came or went between our look and the death. */
const UNCLEAR = 2

export function table(failovers: readonly Failover[]): void {
  console.table(
    failovers.map((one) => ({
      moved: `${one.from} → ${one.to}`,
      'promoted after, ms': one.promotedAt - one.diedAt,
      'first write, ms': one.firstWriteAt - one.promotedAt,
      'all write, ms': one.everyWriteAt - one.promotedAt,
      'dead one empty, ms': one.emptyAt - one.diedAt,
      'returned, ms': one.returnedAt - one.diedAt,
      'line says': String(one.told.msg).replace(/^[^,]*, /, ''),
    })),
  )
}

export function verdict(result: Failovers): boolean {
  const { failovers, writers, readers, lostRows } = result
  const found = failures(result)
  const first = spread(failovers.map((one) => one.firstWriteAt - one.promotedAt))
  const all = spread(failovers.map((one) => one.everyWriteAt - one.promotedAt))
  console.log(
    `${failovers.length} failovers; from the promotion to the first write ${first}, to the last writer's ${all}`,
  )
  console.log(`${writers.answers.length} writes, ${wrong(result).length} of them on a replica or a former primary`)
  console.log(`writers were told ${codes(writers)}; readers, of ${readers.answers.length} reads, ${codes(readers)}`)
  console.log(`${lostRows} acknowledged rows died with a primary: replication is asynchronous`)
  for (const failure of found) console.log(`FAILED: ${failure}`)
  console.log(found.length === 0 ? 'failovers: every write came to the primary' : 'failovers: FAILED')
  return found.length === 0
}

function failures(result: Failovers): string[] {
  const { failovers, writers, journal } = result
  const found = failovers.flatMap(one).slice(0, 10)
  for (const { port, follows, at } of wrong(result).slice(0, 5))
    found.push(`a write at ${new Date(at).toISOString()} on port ${port}, ${follows ? 'a replica' : 'no primary then'}`)
  const readOnly = writers.failures.filter(({ code }) => code === READ_ONLY)
  if (readOnly.length > 0) found.push(`${readOnly.length} writes came to a replica, which refused them`)
  for (const event of ['worker-died', 'failure', 'split-brain', 'misconfigured']) {
    if (journal.count(event) > 0) found.push(`${journal.count(event)} lines of ${event} in the log`)
  }
  return found
}

function one({ from, to, told, everyWriteAt, promotedAt, sessions }: Failover): string[] {
  const move = `${from} → ${to}`
  const found: string[] = []
  if (everyWriteAt - promotedAt > WRITES_AGAIN_WITHIN_MS) found.push(`${move}: ${everyWriteAt - promotedAt} ms`)
  if (told.from !== from || told.to !== to) found.push(`${move} is told as ${told.msg}`)
  if (Math.abs(Number(told.sessions) - sessions) > UNCLEAR)
    found.push(`${move}: ${sessions} sessions at its death, ${told.msg}`)
  return found
}

/** Writes that were taken by another server than the primary of that moment. */
function wrong({ failovers, writers }: Failovers): readonly Answer[] {
  return writers.answers.filter(({ at, port, follows }) => {
    const next = failovers.find(({ promotedAt }) => promotedAt > at)
    const last = failovers.findLast(({ promotedAt }) => promotedAt <= at)
    return follows || port !== (next?.fromPort ?? last?.toPort)
  })
}

function spread(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  return `${sorted[sorted.length >> 1]} ms (median), ${sorted.at(-1)} ms at most`
}

function codes({ failures }: PostgresLoad): string {
  const counts = new Map<string, number>()
  for (const { code } of failures) counts.set(code, (counts.get(code) ?? 0) + 1)
  return counts.size === 0 ? 'of nothing' : [...counts].map(([code, count]) => `${code} ${count} times`).join(', ')
}
