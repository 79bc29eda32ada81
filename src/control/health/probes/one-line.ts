/** What a program said, fit for a log, a terminal and a table: one line, no control characters, bounded. */
import { stripVTControlCharacters } from 'node:util'

const LONGEST = 200

/** The first line that is not blank; '' when there is none. */
export function oneLine(said: Uint8Array): string {
  const lines = Buffer.from(said)
    .toString('utf8')
    .split(/[\r\n]/)
  const line = lines.map(printable).find((line) => line !== '') ?? ''
  const characters = Array.from(line)
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : line
}

/** Format characters go too: some turn the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

function printable(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\t', ' ').replace(UNPRINTABLE, '').trim()
}

const LONGEST_WORDS = 1_000

/** Words of our own, in which those of a server may stand. */
export function fitWords(words: string): string {
  const fit = words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS - 1)}…` : words
  return fit.replace(UNPRINTABLE, '?')
}
