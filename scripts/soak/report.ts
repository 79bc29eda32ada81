/** The soak's table: one row for each stretch of time. */
import type { Holdings } from '../../tests/support/processes.js'
import type { Watched } from './proxy.js'
import type { Tally } from './tally.js'

export interface Row {
  readonly at: number
  /** Of the stretch alone. */
  readonly seconds: number
  readonly tally: Tally
  readonly former: Tally
  readonly live: number
  readonly watched: Watched
}

const COLUMNS = [
  ['seconds', ({ at }) => at.toFixed(0)],
  ['sessions/s', (row) => perSecond(row, 'sessions')],
  ['requests/s', (row) => perSecond(row, 'requests')],
  ['datagrams/s', (row) => perSecond(row, 'datagrams')],
  ['MB/s', ({ tally, former, seconds }) => ((tally.bytes - former.bytes) / seconds / 1e6).toFixed(0)],
  ['live', ({ live }) => `${live}`],
  ['RSS MB', ({ watched }) => each(watched, ({ rssKb }) => (rssKb / 1_024).toFixed(0))],
  [
    'descriptors',
    ({ watched }) => each(watched, ({ descriptors: { sockets, pipes, others } }) => `${sockets + pipes + others}`),
  ],
  ['threads', ({ watched }) => each(watched, ({ threads }) => `${threads}`)],
  ['lost', ({ tally }) => `${tally.lost}`],
  ['cut', ({ tally }) => `${tally.cut + tally.falseEnds}`],
  ['mismatches', ({ tally }) => `${tally.mismatches}`],
] as const satisfies readonly (readonly [string, (row: Row) => string])[]

const WIDTHS = COLUMNS.map(([name]) => Math.max(name.length, 11))

export function header(): string {
  return `RSS, descriptors and threads: control / worker / worker\n${line(COLUMNS.map(([name]) => name))}`
}

export function tableRow(row: Row): string {
  return line(COLUMNS.map(([, cell]) => cell(row)))
}

function line(cells: readonly string[]): string {
  return cells.map((cell, i) => cell.padStart(WIDTHS[i] ?? 0)).join(' ')
}

function perSecond({ tally, former, seconds }: Row, what: 'sessions' | 'requests' | 'datagrams'): string {
  return ((tally[what] - former[what]) / seconds).toFixed(0)
}

function each({ control, workers }: Watched, cell: (of: Holdings) => string): string {
  return [control, ...workers].map(cell).join('/')
}
