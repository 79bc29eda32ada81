/** man/headgate.1 from the tree of commands, so that it tells what --help tells. Format: man(7). */
import type { Argument, Command, Option } from 'commander'
import { createProgram } from '../../src/cli/cli.js'
import { EXIT_HELP } from '../../src/cli/exit-codes.js'
import { Invocation } from '../../src/cli/invocation.js'
import { version } from '../../src/control/version.js'

const nowhere = { write: () => true }

export function renderManPage(): string {
  const program = createProgram(new Invocation({ stdout: nowhere, stderr: nowhere, env: {} }))
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
  return [
    `.TH HEADGATE 1 "" "headgate ${version}" "User Commands"`,
    '.SH NAME',
    'headgate \\- a Layer 4 load balancer for TCP and UDP',
    '.SH SYNOPSIS',
    '.B headgate run \\-c',
    '.I file',
    '.br',
    '.B headgate',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    text(program.description()),
    '.PP',
    text(
      'run is the daemon and check reads a config; every other command talks to a running daemon over its stats socket ' +
        'and ends. They print for people, and JSON with --json.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH COMMON OPTIONS',
    ...Object.values(COMMON).flatMap(([flags, what]) => item(`.B ${text(flags)}`, what)),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, what]) => item(`.B ${name}`, what)),
    '.SH FILES',
    ...item('.I /run/headgate/headgate.sock', 'The stats socket, where the config names no other.'),
    '.SH EXIT STATUS',
    ...exitCodes(),
    '.SH EXAMPLES',
    ...EXAMPLES.flatMap(([command, what]) => item(`.B ${text(command)}`, what)),
    '.SH SEE ALSO',
    text('docs/cli.md, docs/configuration.md and docs/runtime-api.md of the distribution.'),
    '',
  ].join('\n')
}

/** Told once: every command that talks to the daemon has them. */
const COMMON: Readonly<Record<string, readonly [flags: string, what: string]>> = {
  '--socket': ['--socket <path|host:port>', 'The stats socket of the daemon.'],
  '--json': ['--json', 'Print JSON.'],
}

const ENVIRONMENT = [
  ['HEADGATE_SOCKET', 'The stats socket, where --socket names none: a path, or host:port.'],
  ['NO_COLOR', 'Set to anything: no colour.'],
  ['HEADGATE_DEBUG', 'Set to 1: a fault of headgate itself also prints where it happened.'],
] as const

const EXAMPLES = [
  ['headgate run -c /etc/headgate.toml', 'Balances, in the foreground.'],
  ['headgate drain replicas/r1 --timeout 5m --kill', 'Takes a server out; what is left after five minutes is ended.'],
  ['headgate why replicas/r1', 'Why it takes no sessions.'],
  ['headgate explain 192.0.2.7 postgres', 'Which server that client gets.'],
] as const

function commandLines(command: Command): string[] {
  const words = command.registeredArguments.map((argument) => ` ${argumentWord(argument)}`).join('')
  const options = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help' && !(long !== undefined && Object.hasOwn(COMMON, long)))
  return [
    `.SS "headgate ${text(command.name() + words)}"`,
    text(sentence(command.description())),
    ...command.registeredArguments
      .filter(({ description }) => description !== '')
      .flatMap((argument) => item(`.I ${text(argument.name())}`, sentence(argument.description))),
    ...options.flatMap((option) => item(`.B ${text(option.flags)}`, sentence(optionWords(option)))),
  ]
}

function argumentWord(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '')
  return argument.required ? name : `[${name}]`
}

function optionWords({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices ? `: ${argChoices.join(', ')}` : ''
  return `${description}${choices}${defaultValue === undefined ? '' : ` (default: ${defaultValue})`}`
}

function exitCodes(): string[] {
  return [...EXIT_HELP.matchAll(/^ {2}(\d) {2}(.*)$/gm)].flatMap(([, code = '', what = '']) =>
    item(`.B ${code}`, sentence(what)),
  )
}

function item(head: string, what: string): string[] {
  return ['.TP', head, text(what)]
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

/** No character of it means anything to roff. */
function text(plain: string): string {
  return plain
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/^([.'])/gm, '\\&$1')
    .replace(/"/g, '\\(dq')
}
