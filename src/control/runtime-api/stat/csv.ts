/** Rows of `show stat` as CSV. */
import { COLUMNS, type Row } from './columns.js'

const HEADER = `# ${COLUMNS.join(',')},\n`
const PLACES = new Map(COLUMNS.map((column, place) => [column, place]))

export function asCsv(rows: readonly Row[]): string {
  return HEADER + rows.map(line).join('')
}

function line({ blank, parts }: Row): string {
  const cells = [...blank]
  for (const values of parts) {
    for (const [column, value] of Object.entries(values)) {
      const place = PLACES.get(column)
      if (place !== undefined) cells[place] = typeof value === 'number' ? String(value) : quoted(value)
    }
  }
  return `${cells.join(',')},\n`
}

/** RFC 4180: quotes only where a value would break the row. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
