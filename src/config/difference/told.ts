/** Settings as they may be told: where the file names environment variables, its text takes the place of the value. */
import type { Reference } from '../reference.js'
import type { Path } from '../tree.js'
import { isTable, type Written, type WrittenTable } from './written-table.js'

/** @param references with paths from this table */
export function withReferences(table: WrittenTable, references: readonly Reference[]): WrittenTable {
  return references.reduce((told, { path, text }) => inTable(told, path, text), table)
}

function inTable(table: WrittenTable, [step, ...rest]: Path, text: string): WrittenTable {
  const value = typeof step === 'string' ? table[step] : undefined
  // a key that is written another way, or not at all, shows nothing of the variable
  return step === undefined || value === undefined ? table : { ...table, [step]: put(value, rest, text) }
}

function put(value: Written, path: Path, text: string): Written {
  const [step, ...rest] = path
  if (step === undefined) return text
  if (isTable(value)) return inTable(value, path, text)
  if (typeof step !== 'number') return value
  // an array of one is written as what is in it
  if (!Array.isArray(value)) return put(value, rest, text)
  return value.map((item: Written, i) => (i === step ? put(item, rest, text) : item))
}
