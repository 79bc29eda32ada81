/** The list of commands as help and as the answer to an unknown command, in HAProxy's form. */
import { nearest } from '../../core/nearest.js'
import type { Command } from './command.js'

/** These end every list, whatever was asked. */
const ALWAYS = ['help', 'prompt', 'quit']

/** Help for the commands that begin with these words; all of them when none does. */
export function helpOn(words: readonly string[], commands: readonly Command[]): string {
  return `The following commands are valid at this level:\n${list(candidates(words, commands), commands)}`
}

export function unknownCommand(words: readonly string[], commands: readonly Command[]): string {
  const opening =
    words.length === 0
      ? 'Unknown command. Please enter one of the following commands only:'
      : 'Unknown command, but maybe one of the following ones is a better match:'
  return `${opening}\n${list(candidates(words, commands), commands)}`
}

/** The words of the one command that was perhaps meant. */
export function nearestCommand(words: readonly string[], commands: readonly Command[]): string | undefined {
  const [one, ...others] = candidates(words, commands)
  return one && others.length === 0 ? one.words.join(' ') : undefined
}

function list(some: readonly Command[], all: readonly Command[]): string {
  const isLast = (command: Command) => ALWAYS.includes(command.words.join(' '))
  const sorted = some.filter((command) => !isLast(command)).sort((a, b) => (a.usage < b.usage ? -1 : 1))
  return [...sorted, ...all.filter(isLast)].map(line).join('')
}

function line({ usage, summary }: Command): string {
  return `  ${usage.padEnd(40)}: ${summary}\n`
}

/** Commands that share the most first words; of these, where a further word was misspelt, those nearest to it. */
function candidates(words: readonly string[], commands: readonly Command[]): readonly Command[] {
  const shared = (command: Command) => {
    const differs = command.words.findIndex((word, i) => word !== words[i])
    return differs === -1 ? command.words.length : differs
  }
  const most = Math.max(...commands.map(shared))
  const alike = commands.filter((command) => shared(command) === most)
  const rest = words.slice(most).join(' ')
  const ends = alike.map((command) => command.words.slice(most).join(' '))
  const meant = rest === '' ? undefined : nearestStart(rest, ends)
  return meant === undefined ? alike : alike.filter((_, i) => ends[i] === meant)
}

/** The end that `rest` was meant to begin with: arguments may follow it, so as many words as the end has are compared. */
function nearestStart(rest: string, ends: readonly string[]): string | undefined {
  const given = rest.split(' ')
  const known = ends.filter((end) => end !== '')
  return known.find((end) => nearest(given.slice(0, end.split(' ').length).join(' '), [end]) !== undefined)
}
