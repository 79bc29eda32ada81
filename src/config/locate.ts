/** Problems to errors with a line. */
import { nearest } from '../core/nearest.js'
import { byPosition, type ConfigError, type Position } from './errors.js'
import { missingUnit } from './missing-unit.js'
import { Positions } from './positions.js'
import type { Problem } from './problem.js'
import { formatPath, isTable, type Path, pathKey, type Table, type Value } from './tree.js'

export interface Source {
  readonly file: string
  readonly text: string
  /** What was read from `text`. */
  readonly tree: Table
}

/** More errors than this are no longer read by anybody. */
const MOST_ERRORS = 100

/**
 * One error for each place, in the order of the file.
 * @param isSettled lines of which everything is said already
 */
export function locate(
  problems: readonly Problem[],
  source: Source,
  isSettled: (line: number) => boolean,
): readonly ConfigError[] {
  const positions = readPositions(source.text)
  const places = new Map<string, Located>()
  for (const problem of problems) {
    const key = pathKey(problem.path)
    if (!places.has(key)) places.set(key, { problem, ...positionOf(problem, positions) })
  }
  const located = [...places.values()].filter(({ line }) => !isSettled(line)).sort(byPosition)
  const errors = located.slice(0, MOST_ERRORS).map((one) => toError(one, source, positions))
  const more = located.length - errors.length
  return more === 0 ? errors : [...errors, { file: source.file, path: '', found: `${more} more`, expected: 'none' }]
}

interface Located extends Position {
  readonly problem: Problem
}

/** The position parser overflows its stack on a string of some 100,000 characters; the cut moves no line. */
const TOO_LONG = /[^\s"'\\]{5000,}/g

/** Undefined should the second parser refuse what the first took: then errors stand at line 1 and show no text. */
function readPositions(text: string): Positions | undefined {
  try {
    return new Positions(text.replace(TOO_LONG, (word) => word.slice(0, 100)))
  } catch {
    return undefined
  }
}

function positionOf({ path, onKey }: Problem, positions: Positions | undefined): Position {
  const place = positions?.get(path)
  const { line, column } = place ? (onKey ? place.key : place.value) : nearestPosition(path, positions)
  return { line, column }
}

function toError(
  { problem, line, column }: Located,
  { file, tree }: Source,
  positions: Positions | undefined,
): ConfigError {
  const { path, expected, first } = problem
  const value = valueAt(tree, path)
  const fix = problem.fix ?? (first && hasIt(first, positions)) ?? missingUnit(value, expected) ?? suggestion(problem)
  const text = value === undefined ? 'nothing' : (positions?.get(path)?.text ?? 'another value')
  const found = problem.found ?? text
  return { file, line, column, path: formatPath(path), found, expected, ...(fix === undefined ? {} : { fix }) }
}

function hasIt(first: Path, positions: Positions | undefined): string {
  const place = positions?.get(first)
  if (place) return `${formatPath(first)} in line ${place.value.line} has it already`
  return `${formatPath(first)} has it already${positions ? ', by default' : ''}`
}

/** A guess is a courtesy, not a reason to keep anybody waiting: longer words and lists are not searched. */
const LONGEST_WORD = 64
const MOST_NAMES = 1_000

function suggestion({ slip }: Problem): string | undefined {
  if (!slip || slip.word.length > LONGEST_WORD) return undefined
  const name = nearest(slip.word, slip.known.slice(0, MOST_NAMES))
  return name === undefined ? undefined : `did you mean "${name}"?`
}

/** What is missing is missed in the nearest table around it. */
function nearestPosition(path: Path, positions: Positions | undefined): Position {
  for (let length = path.length - 1; length > 0; length--) {
    const place = positions?.get(path.slice(0, length))
    if (place) return place.key
  }
  return { line: 1, column: 1 }
}

function valueAt(tree: Table, path: Path): Value | undefined {
  let value: Value | undefined = tree
  for (const step of path) {
    if (Array.isArray(value)) value = typeof step === 'number' ? value[step] : undefined
    else value = isTable(value) ? value[step] : undefined
  }
  return value
}
