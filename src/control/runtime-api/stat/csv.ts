/** Rows of `show stat` as CSV. */
import { COLUMNS, type Row } from './columns.js'

export function asCsv(rows: readonly Row[]): string {
  return [`# ${COLUMNS.join(',')},`, ...rows.map(line), ''].join('\n')
}

function line(row: Row): string {
  return COLUMNS.map((column) => `${quoted(row[column] ?? '')},`).join('')
}

/** RFC 4180: quotes only where a value would break the row. */
function quoted(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
