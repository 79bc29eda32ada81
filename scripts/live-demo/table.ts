/** What headgate says of its servers, as a table that fits into 80 columns. */
import type { ServerStatus, StatusDocument } from '../../src/control/runtime-api/status/document.js'

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

interface Column {
  readonly head: string
  readonly width: number
  readonly isNumber: boolean
  readonly cell: (server: ServerStatus) => string
}

const COLUMNS: readonly Column[] = [
  { head: 'server', width: 8, isNumber: false, cell: ({ path }) => path },
  { head: 'address', width: 16, isNumber: false, cell: ({ address }) => address },
  { head: 'status', width: 9, isNumber: false, cell: ({ status }) => status },
  { head: 'weight', width: 6, isNumber: true, cell: ({ weight }) => `${weight.set}` },
  { head: 'live', width: 5, isNumber: true, cell: ({ sessions }) => `${sessions.live}` },
  { head: 'sessions', width: 9, isNumber: true, cell: ({ sessions }) => `${sessions.total}` },
  { head: 'in', width: 9, isNumber: true, cell: ({ bytes }) => amount(bytes.in) },
  { head: 'out', width: 9, isNumber: true, cell: ({ bytes }) => amount(bytes.out) },
]

export function serverTable({ backends }: StatusDocument): string {
  const line = (text: (column: Column) => string) =>
    COLUMNS.map((column) => {
      const { isNumber, width } = column
      return isNumber ? text(column).padStart(width) : text(column).padEnd(width)
    }).join(' ')
  const rows = backends.flatMap(({ servers }) => servers.map((server) => line(({ cell }) => cell(server))))
  return [line(({ head }) => head), ...rows].join('\n')
}

function amount(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`
}
