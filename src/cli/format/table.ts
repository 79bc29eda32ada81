/** Tables of text: columns two blanks apart, no rules, no blanks at the end of a line. */
import type { Colour, Paint } from './colour.js'
import { cut } from './cut.js'

export interface Column {
  readonly head: string
  /** Numbers stand to the right. */
  readonly isNumber?: true
  /** May lose its end when the line gets too long. */
  readonly shrinks?: true
  /** Is left out before anything shrinks, the last one first. */
  readonly givesWay?: true
}

export type Cell = string | { readonly text: string; readonly colour: Colour }

export interface TableStyle {
  readonly paint: Paint
  /** Columns of the terminal; undefined for as long as it takes. */
  readonly width: number | undefined
}

const GAP = 2
const NARROWEST = 8

/** One line for the heads and one for each row, each with its line feed. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly Cell[])[], style: TableStyle): string {
  const wanted = widthsOf(columns, rows)
  const last = columns.findLastIndex(({ givesWay }) => givesWay)
  if (last !== -1 && style.width !== undefined && lengthOf(wanted) > style.width) {
    const others = <T>(all: readonly T[]) => all.filter((_, i) => i !== last)
    return formatTable(others(columns), rows.map(others), style)
  }
  const widths = fit(columns, wanted, style.width)
  const line = (cells: readonly Cell[]) =>
    cells.map((cell, i) => formatCell(cell, columns[i], widths[i] ?? 0, style.paint, i === cells.length - 1)).join('  ')
  const heads = columns.map(({ head }): Cell => ({ text: head, colour: 'dim' }))
  return [heads, ...rows].map((cells) => `${line(cells).trimEnd()}\n`).join('')
}

function formatCell(cell: Cell, column: Column | undefined, width: number, paint: Paint, isLast: boolean): string {
  const text = cut(textOf(cell), width)
  const painted = typeof cell === 'string' ? text : paint(text, cell.colour)
  const blanks = ' '.repeat(width - text.length)
  return column?.isNumber ? blanks + painted : isLast ? painted : painted + blanks
}

function widthsOf(columns: readonly Column[], rows: readonly (readonly Cell[])[]): number[] {
  return columns.map(({ head }, i) => Math.max(head.length, ...rows.map((row) => textOf(row[i] ?? '').length)))
}

/** Of a line. */
function lengthOf(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1))
}

/** Takes from the widest column that may shrink until the line fits, or none may shrink any more. */
function fit(columns: readonly Column[], wanted: readonly number[], limit: number | undefined): number[] {
  const widths = [...wanted]
  if (limit === undefined) return widths
  let excess = lengthOf(widths) - limit
  for (; excess > 0; excess--) {
    const widest = Math.max(...widths.filter((_, i) => columns[i]?.shrinks))
    const place = widths.findIndex((width, i) => columns[i]?.shrinks && width === widest)
    if (place === -1 || widest <= NARROWEST) return widths
    widths[place] = widest - 1
  }
  return widths
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}
