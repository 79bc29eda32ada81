/** What zod found wrong, as problems. Every schema's messages are already the words behind "expected". */
import type * as z from 'zod'
import { namesOf, oneOf } from './one-of.js'
import type { Problem } from './problem.js'
import { type Path, printable } from './tree.js'

type Issue = z.core.$ZodIssue

/** @param base where the value stands that the issues are about */
export function explain(issues: readonly Issue[], base: Path = []): readonly Problem[] {
  return issues.flatMap((issue) => explainOne(issue, [...base, ...stepsOf(issue)]))
}

/** TOML has no symbols for keys. */
function stepsOf(issue: Issue): Path {
  return issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
}

function explainOne(issue: Issue, path: Path): readonly Problem[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], key, issue.message))
    case 'invalid_union':
      return explainUnion(issue, path)
    case 'invalid_key':
      return [{ path, onKey: true, found: keyText(path), expected: issue.issues[0]?.message ?? issue.message }]
    case 'invalid_value':
      return [{ path, expected: issue.message, ...slip(issue.input, issue.values.map(String)) }]
    default:
      return [{ path, expected: issue.message }]
  }
}

function unknownKey(path: Path, key: string, keys: string): Problem {
  return { path, onKey: true, found: 'an unknown key', expected: keys, slip: { word: key, known: namesOf(keys) } }
}

/** Of the shapes of a union the one that was meant is the one whose root fits. */
function explainUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path): readonly Problem[] {
  if (issue.discriminator !== undefined) return [explainType(issue, issue.discriminator, path)]
  const meant = issue.errors.find((issues) => issues.length > 0 && !issues.some(isAboutTheWhole))
  return meant ? explain(meant, path) : [{ path, expected: issue.message }]
}

/** The key that tells the shapes apart has a value that none of them has. */
function explainType(issue: z.core.$ZodIssueInvalidUnion, key: string, path: Path): Problem {
  const options = ('options' in issue && issue.options) || []
  const names = options.filter((option) => typeof option === 'string')
  const word: unknown = Object(issue.input)[key]
  return { path, expected: oneOf(names), ...slip(word, names) }
}

function isAboutTheWhole({ code, path }: Issue): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')
}

function slip(word: unknown, known: readonly string[]): Pick<Problem, 'slip'> {
  return typeof word === 'string' ? { slip: { word, known } } : {}
}

function keyText(path: Path): string {
  return printable(JSON.stringify(path.at(-1)).slice(0, 80))
}
