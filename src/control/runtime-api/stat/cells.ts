/** A row of `show stat` as one cell for each column. */
import { COLUMNS, type Row } from './columns.js'

const PLACES = new Map(COLUMNS.map((column, place) => [column, place]))

export function cellsOf({ blank, parts }: Row): string[] {
  const cells = [...blank]
  for (const values of parts) {
    for (const [column, value] of Object.entries(values)) {
      const place = PLACES.get(column)
      if (place !== undefined) cells[place] = String(value)
    }
  }
  return cells
}
