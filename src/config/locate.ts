/** Problems to errors with a line. */
import { nearest } from '../core/nearest.js'
import { byPosition, type ConfigError } from './errors.js'
import { type Position, Positions } from './positions.js'
import type { Problem } from './problem.js'
import { formatPath, isTable, type Path, pathKey, type Table, type Value } from './tree.js'

export interface Source {
  readonly file: string
  readonly text: string
  /** What was read from `text`. */
  readonly tree: Table
}

/** One error for each place, in the order of the file. */
export function locate(problems: readonly Problem[], source: Source): readonly ConfigError[] {
  const positions = readPositions(source.text)
  const places = new Map<string, Problem>()
  for (const problem of problems) {
    const key = pathKey(problem.path)
    if (!places.has(key)) places.set(key, problem)
  }
  return [...places.values()].map((problem) => toError(problem, source, positions)).sort(byPosition)
}

/** Undefined should the second parser refuse what the first took: then errors stand at line 1 and show no text. */
function readPositions(text: string): Positions | undefined {
  try {
    return new Positions(text)
  } catch {
    return undefined
  }
}

function toError(problem: Problem, { file, tree }: Source, positions: Positions | undefined): ConfigError {
  const { path, expected } = problem
  const fix = problem.fix ?? suggestion(problem)
  const place = positions?.get(path)
  const at = place ? (problem.onKey ? place.key : place.value) : nearestPosition(path, positions)
  const found = problem.found ?? (hasValue(tree, path) ? (place?.text ?? 'another value') : 'nothing')
  return { file, ...at, path: formatPath(path), found, expected, ...(fix === undefined ? {} : { fix }) }
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

function hasValue(tree: Table, path: Path): boolean {
  let value: Value | undefined = tree
  for (const step of path) {
    if (Array.isArray(value)) value = typeof step === 'number' ? value[step] : undefined
    else value = isTable(value) ? value[step] : undefined
  }
  return value !== undefined
}
