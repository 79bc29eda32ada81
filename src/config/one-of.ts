/** A closed list in words, and back: zod carries one string for each issue, and slips are looked up in the list. */

const START = 'one of '

/** `"a"` for one name, `one of a, b, c` for several. */
export function oneOf(names: readonly string[]): string {
  return names.length === 1 ? `${names[0]}` : `${START}${names.join(', ')}`
}

/** The names of `oneOf`; anything else is one name. */
export function namesOf(words: string): readonly string[] {
  return words.startsWith(START) ? words.slice(START.length).split(', ') : [words]
}
