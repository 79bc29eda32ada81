/** What the TOML parser says, in words that a person understands. */
import { printable } from './tree.js'

export interface SyntaxProblem {
  readonly line: number
  readonly column: number
  /** Only where the parser names the key: a second definition. */
  readonly path: string
  readonly found: string
  readonly expected: string
  readonly fix?: string
  readonly duplicate: boolean
}

type Words = Pick<SyntaxProblem, 'found' | 'expected' | 'fix'>

/** @param error what `parse` of the toml package threw for `text` */
export function describeSyntaxError(error: unknown, text: string): SyntaxProblem {
  const { line, column, message, wanted } = readError(error)
  const row = text.split('\n')[line - 1]?.replace(/\r$/, '') ?? ''
  const again = /^Cannot .*? '(.*)'/s.exec(message)?.[1]
  if (again !== undefined) return { line, column, path: printable(cut(again)), ...TWICE, duplicate: true }
  const isEnd = line >= text.split('\n').length
  const words = wanted.size > 0 ? fromGrammar(wanted, row, column - 1, isEnd) : fromMessage(message, row, column - 1)
  return { line, column, path: '', ...words, duplicate: false }
}

const TWICE: Words = { found: 'a second definition', expected: 'every key and table to be defined once' }

interface ParserError {
  readonly line: number
  readonly column: number
  readonly message: string
  /** Literals that the grammar would have taken; empty when the parser has a message of its own. */
  readonly wanted: ReadonlySet<string>
}

/** Grammar errors carry `location` and `expected` (peggy), the others `line` and `column`. */
function readError(error: unknown): ParserError {
  // All fields are checked before use: what a parser throws has no type.
  const { location, line, column, message, expected } = Object(error) as Record<string, unknown>
  const start = Object(Object(location).start) as Record<string, unknown>
  const literals = Array.isArray(expected) ? expected.map((one: unknown) => Object(one).text ?? Object(one).type) : []
  return {
    line: Number(start.line ?? line ?? 1),
    column: Number(start.column ?? column ?? 1),
    message: String(message),
    wanted: new Set(literals.map(String)),
  }
}

function fromGrammar(wanted: ReadonlySet<string>, row: string, at: number, isEnd: boolean): Words {
  if (/^\p{Cc}/u.test(row.slice(at))) return { found: 'a control character', expected: 'printable text' }
  const value = wanted.has('=') ? undefined : wordOfValue(row, at, wanted.has(',') && wanted.has(']'))
  if (value !== undefined) return { found: shown(value), expected: 'a value', ...fixOf(value) }
  const rest = /^[^\s,=\]}"'#]+/.exec(row.slice(at))?.[0] ?? row.slice(at, at + 1)
  const found = rest !== '' ? shown(rest) : isEnd ? 'the end of the file' : 'the end of the line'
  return { found, ...expectation(wanted, row.slice(at)) }
}

/** The unquoted word around `at`, if it stands where a value belongs. */
function wordOfValue(row: string, at: number, inArray: boolean): string | undefined {
  const before = /[^\s,=[\]{}"'#]*$/.exec(row.slice(0, at))?.[0] ?? ''
  const word = before + (/^[^\s,[\]{}"'#]*/.exec(row.slice(at))?.[0] ?? '')
  const left = row.slice(0, at - before.length).trim()
  const isAtValue = left === '' ? inArray && before !== '' : /[=,[]$/.test(left) && !left.startsWith('[')
  return word !== '' && isAtValue ? word : undefined
}

const SLIPS: readonly (readonly [RegExp, string])[] = [
  [/^[\u2018-\u201f]/, `use straight quotes: " or '`],
  [/^(?:yes|true)$/i, 'write true'],
  [/^(?:no|false)$/i, 'write false'],
  [/^[+-]?0\d+$/, 'leave out the leading zero'],
  [/;$/, 'leave out the semicolon'],
]

function fixOf(word: string): { fix: string } | Record<string, never> {
  const slip = SLIPS.find(([pattern]) => pattern.test(word))
  if (slip) return { fix: slip[1] }
  return /[A-Za-z:]|\..*\./.test(word) ? { fix: `put it in quotes: "${shown(word)}"` } : {}
}

/** What the grammar waits for, told by the literals that only that place of it takes; the first match holds. */
const PLACES: readonly (readonly [has: readonly string[], expected: string])[] = [
  [['true', ']'], 'a value, or ] to close the array'],
  [['true'], 'a value'],
  [[',', ']'], 'a comma, or ] to close the array'],
  [[',', '}'], 'a comma, or } to close the table'],
  [['=', '.'], '= and a value behind the key'],
  [['.', ']'], '] behind a table name of letters, digits, "-" and "_"'],
  [['"""', '\\'], 'a closing """'],
  [['"', '\\'], 'a closing "'],
  [["'''"], "a closing '''"],
  [['#', '}'], 'a key, or } to close the table'],
  [['#', '['], 'a key, a [table] or a # comment'],
  [['#'], 'nothing more on this line'],
  [["'", '"'], 'a key'],
  [["'"], "a closing '"],
  [[']'], 'a closing ]'],
  [['\n'], 'a line feed behind the carriage return'],
]

function expectation(wanted: ReadonlySet<string>, rest: string): Omit<Words, 'found'> {
  const expected = PLACES.find(([has]) => has.every((literal) => wanted.has(literal)))?.[1] ?? 'valid TOML'
  if (rest.startsWith(':')) return { expected, fix: 'write key = value' }
  if (rest.startsWith(';') || rest.startsWith('//')) return { expected, fix: 'begin comments with #' }
  return { expected }
}

function fromMessage(message: string, row: string, at: number): Words {
  const found = shown(/^[^\s,\]}]+/.exec(row.slice(at))?.[0] ?? row.slice(at))
  if (/escape/i.test(message)) {
    return { found, expected: 'an escape such as \\n or \\"', fix: "use 'single quotes' for text with backslashes" }
  }
  if (/^Integer/.test(message)) return { found, expected: 'an integer of at most 15 digits' }
  if (/nesting/i.test(message)) return { found: 'arrays or tables nested too deep', expected: 'fewer levels' }
  if (/^Invalid (?:date|time|offset)/.test(message)) return { found, expected: 'a valid date or time' }
  return { found, expected: 'valid TOML' }
}

const LONGEST = 60
const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)
const shown = (text: string) => printable(cut(text))
