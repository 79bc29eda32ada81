/** Rows of `show stat` as CSV. */
import { cellsOf } from './cells.js'
import { COLUMNS, type Row } from './columns.js'

const HEADER = `# ${COLUMNS.join(',')},\n`

export function asCsv(rows: readonly Row[]): string {
  return HEADER + rows.map((row) => `${cellsOf(row).map(quoted).join(',')},\n`).join('')
}

/** RFC 4180: quotes only where a value would break the row. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
