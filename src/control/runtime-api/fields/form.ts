/** The words at the end of `show info` and `show stat` that say in which form, in any order, each once. */
import { refuse } from '../reply.js'
import type { Found } from '../target.js'

/** Splits the arguments where the words of these kinds begin. */
export function splitForm<Word extends string>(args: readonly string[], words: readonly Word[]) {
  const isWord = (arg: string): arg is Word => words.some((word) => word === arg)
  const first = args.findIndex(isWord)
  const end = first === -1 ? args.length : first
  return { before: args.slice(0, end), form: formOf(args.slice(end), isWord, words) }
}

function formOf<Word extends string>(
  given: readonly string[],
  isWord: (arg: string) => arg is Word,
  words: readonly Word[],
): Found<ReadonlySet<Word>> {
  const wrong = given.find((arg) => !isWord(arg))
  if (wrong !== undefined) return refuse(`'${wrong}' is none of ${words.join(', ')}.\n`)
  const known = given.filter(isWord)
  return new Set(known).size === known.length
    ? { ok: true, it: new Set(known) }
    : refuse(`'${given.join(' ')}' says a word twice.\n`)
}
