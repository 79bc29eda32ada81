/** A TOML document as parsed: tables are objects without a prototype, so any key is safe to look up. */

export type Value = string | number | boolean | Date | readonly Value[] | Table
export interface Table {
  readonly [key: string]: Value
}

/** Keys and array positions from the root. */
export type Path = readonly (string | number)[]

export function isTable(value: Value | undefined): value is Table {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)
}

/** The table at a key; an empty one where there is none. */
export function tableAt(table: Table, key: string): Table {
  const value = table[key]
  return isTable(value) ? value : {}
}

/** The tables in the array at a key, each with its position; whatever else stands there is left out. */
export function tablesAt(table: Table, key: string): readonly (readonly [number, Table])[] {
  const value = table[key]
  if (!Array.isArray(value)) return []
  return [...value.entries()].filter((entry): entry is [number, Table] => isTable(entry[1]))
}

/** The string at a key, if a string is what stands there. */
export function stringAt(table: Table, key: string): string | undefined {
  const value = table[key]
  return typeof value === 'string' ? value : undefined
}

/** A copy with every string replaced; the walk goes no deeper than the tree. */
export function mapTable(table: Table, change: (text: string, path: Path) => Value, path: Path = []): Table {
  const copy: Record<string, Value> = Object.create(null)
  for (const [key, value] of Object.entries(table)) copy[key] = mapValue(value, change, [...path, key])
  return copy
}

function mapValue(value: Value, change: (text: string, path: Path) => Value, path: Path): Value {
  if (typeof value === 'string') return change(value, path)
  if (Array.isArray(value)) return value.map((item: Value, i) => mapValue(item, change, [...path, i]))
  return isTable(value) ? mapTable(value, change, path) : value
}

const LONGEST_KEY = 64

/** `backends.replicas.servers[1].weight`; keys that are not bare are quoted, very long ones cut. */
export function formatPath(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'number') return `[${step}]`
      const short = step.length > LONGEST_KEY ? `${step.slice(0, LONGEST_KEY)}…` : step
      return `${i === 0 ? '' : '.'}${/^[\w-]+$/.test(short) ? short : printable(JSON.stringify(short))}`
    })
    .join('')
}

/** Equal for equal paths. */
export function pathKey(path: Path): string {
  return JSON.stringify(path)
}

/** Text that cannot steer a terminal: control and format characters, line breaks among them, become `\u{…}`. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}
