/** What a half-typed command line may go on with, read off the tree of commands. */
import type { Command, Option } from 'commander'

/** Of the running daemon. */
export interface Names {
  readonly servers: readonly string[]
  readonly backends: readonly string[]
  readonly frontends: readonly string[]
}

export interface Candidate {
  readonly word: string
  readonly about: string
}

/** `files`: the shell knows them best. */
export type Completion = readonly Candidate[] | 'files'

/**
 * @param words after `headgate`, the last one being the one that is typed, perhaps empty
 * @param names asked for only where they are needed
 */
export async function complete(
  program: Command,
  words: readonly string[],
  names: () => Promise<Names>,
): Promise<Completion> {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const place = placeOf(program, before)
  const found = await candidatesAt(place, typed, names)
  if (found === 'files') return found
  const given = new Set(before)
  // the part of a word after `,` or `=` is not completed
  return found.filter(({ word }) => word.startsWith(typed) && !given.has(word))
}

interface Place {
  readonly command: Command
  /** Words that were given to its arguments. */
  readonly operands: number
  /** The option that waits for its value. */
  readonly option: Option | undefined
}

function placeOf(program: Command, before: readonly string[]): Place {
  let place: Place = { command: program, operands: 0, option: undefined }
  for (const word of before) place = after(place, word)
  return place
}

function after({ command, operands, option }: Place, word: string): Place {
  if (option) return { command, operands, option: undefined }
  if (word.startsWith('-')) {
    const known = command.options.find(({ short, long }) => word === short || word === long)
    return { command, operands, option: known?.required || known?.optional ? known : undefined }
  }
  const inner = command.commands.find((inner) => inner.name() === word)
  return inner ? { command: inner, operands: 0, option: undefined } : { command, operands: operands + 1, option }
}

async function candidatesAt(place: Place, typed: string, names: () => Promise<Names>): Promise<Completion> {
  const { command, operands, option } = place
  if (option) return valuesOf(option.argChoices, placeholderOf(option), names)
  if (typed.startsWith('-')) return optionsOf(command)
  if (command.commands.length > 0) return operands === 0 ? commandsOf(command) : []
  const all = command.registeredArguments
  const argument = all[operands] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined)
  return argument ? valuesOf(argument.argChoices, argument.name(), names) : []
}

function commandsOf(program: Command): Candidate[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({ word: command.name(), about: command.description() }))
}

function optionsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', about: description }))
}

/** `file` of `-c, --config <file>`; of `--backend <name>` the name of the option says more. */
function placeholderOf(option: Option): string {
  const inBrackets = /[<[](.*?)[\]>]/.exec(option.flags)?.[1] ?? ''
  return inBrackets === 'name' ? option.name() : inBrackets
}

/** What each word of a placeholder, such as `id|backend/server`, stands for. */
const MEANINGS: Readonly<Record<string, readonly (keyof Names)[]>> = {
  server: ['servers'],
  'backend/server': ['servers'],
  backend: ['backends'],
  frontend: ['frontends'],
  name: ['servers', 'backends', 'frontends'],
}

async function valuesOf(
  choices: readonly string[] | undefined,
  placeholder: string,
  names: () => Promise<Names>,
): Promise<Completion> {
  if (choices) return choices.map((word) => ({ word, about: '' }))
  const meant = placeholder.split('|')
  if (meant.includes('file') || meant.includes('path')) return 'files'
  const kinds = new Set(meant.flatMap((word) => MEANINGS[word] ?? []))
  if (kinds.size === 0) return placeholder === 'backend=weight' ? weightsOf(await names()) : []
  const known = await names()
  return [...kinds].flatMap((kind) => known[kind].map((word) => ({ word, about: kind.slice(0, -1) })))
}

function weightsOf({ backends }: Names): Candidate[] {
  return backends.map((backend) => ({ word: `${backend}=`, about: 'weight' }))
}
