/**
 * TOML text to a tree. A line that is no TOML is mended and parsing goes on, so that one slip does not hide the others;
 * nothing is started on a mended tree.
 */
import { parse } from 'toml'
import { describeSyntaxError, type SyntaxProblem } from './syntax-words.js'
import type { Table } from './tree.js'

export interface Document {
  /** Absent when the text could not be mended: nothing more can be said about it. */
  readonly tree?: Table
  /** The text that `tree` was read from: the original with its bad lines replaced one for one. */
  readonly text: string
  readonly problems: readonly SyntaxProblem[]
}

/** Each round parses the whole file again, so a big one gets fewer: nobody should wait long for a list of slips. */
const MOST_ROUNDS = 20
const MOST_CHARACTERS = 2 * 1024 * 1024

export function readDocument(original: string): Document {
  const problems: SyntaxProblem[] = []
  const rounds = Math.min(MOST_ROUNDS, MOST_CHARACTERS / (original.length + 1))
  let text = original
  for (;;) {
    try {
      // The package types its result `any`; its tables are null-prototype objects of exactly our `Value`s.
      const tree = parse(text) as Table
      return { tree, text, problems }
    } catch (error) {
      const problem = describeSyntaxError(error, text)
      if (problems.some((other) => other.line === problem.line)) return { text, problems }
      problems.push(problem)
      const mended = problems.length < rounds ? mend(text, problem) : undefined
      if (mended === undefined) return { text, problems }
      text = mended
    }
  }
}

/** The text with the bad line made harmless, or undefined where that would only lead to false errors further on. */
function mend(text: string, problem: SyntaxProblem): string | undefined {
  const lines = text.split('\n')
  const line = lines[problem.line - 1] ?? ''
  const isCutOff = problem.line === lines.length && problem.column > line.length
  if (isCutOff) return undefined
  const replacement = problem.duplicate ? withoutDuplicate(line) : withPlaceholder(line, problem.column)
  if (replacement === undefined) return undefined
  lines[problem.line - 1] = replacement
  return lines.join('\n')
}

const KEY = /^\s*([\w-]+(?:\s*\.\s*[\w-]+)*)\s*=/
const GOES_ON = /(?:[[{,]|"""|''')\s*(?:#.*)?$/

/** A bad value becomes a string, so that its key is not missed. What is then said about that line is left out. */
function withPlaceholder(line: string, column: number): string | undefined {
  const key = KEY.exec(line)
  if (!key || column <= key[0].length) return undefined
  return `${key[1]} = "?"${/,\s*$/.test(line) ? ',' : ''}`
}

/** The first definition stands. A second table would leave its keys to the table before it, so there we stop. */
function withoutDuplicate(line: string): string | undefined {
  return KEY.test(line) && !line.includes('{') && !GOES_ON.test(line) ? '' : undefined
}
