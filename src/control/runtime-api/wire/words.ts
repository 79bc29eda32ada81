/** One command as its words: blanks part them, `\` takes the next character as it is. */

export function wordsOf(command: string): string[] {
  const words: string[] = []
  // a word is a run of escaped characters and of characters that are neither blank nor `\`; a lone last `\` is dropped
  for (const [word] of command.matchAll(/(?:\\.|[^ \t\\])+/gs)) words.push(word.replace(/\\(.)/gs, '$1'))
  return words
}
