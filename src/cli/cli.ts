/** argv to exit code. */
import { Command, CommanderError } from 'commander'
import { version } from '../control/version.js'
import { addCandidates } from './commands/candidates.js'
import { COMMAND_GROUPS } from './commands/list.js'
import { EXIT, EXIT_HELP } from './exit-codes.js'
import { Failure } from './failure.js'
import { wrapLines } from './format/wrap.js'
import { Invocation } from './invocation.js'
import type { Io } from './io.js'

/**
 * Runs one command to its end. Rejects only for a fault of ours.
 * @param args without the names of node and script
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const invocation = new Invocation(io)
  try {
    await createProgram(invocation).parseAsync(args, { from: 'user' })
    return invocation.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (!(error instanceof Failure)) throw error
    io.stderr.write(wrapLines(`headgate: ${error.message}`, io.stderr.isTTY ? (io.stderr.columns ?? 80) : undefined))
    return error.exitCode
  }
}

/** An option before its command; commander takes it for one of `headgate` itself. */
const MISPLACED = /^headgate: unknown option '(--socket|--json|--config|-c)(?:=.*)?'\n(?:\(Did you mean .*\?\)\n)?/
const BEHIND = 'headgate: $1 belongs behind the command, e.g. headgate COMMAND $1\n'

/** The tree of commands: for running, and for what is made from it (completion, man page). */
export function createProgram(invocation: Invocation): Command {
  const { stdout, stderr } = invocation.io
  const program = new Command('headgate')
    .description('A Layer 4 load balancer for TCP and UDP: health-checked, counted, and steerable while it runs.')
    .version(version, '-V, --version')
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
      outputError: (text, write) => write(text.replace(/^error: /, 'headgate: ').replace(MISPLACED, BEHIND)),
    })
    .configureHelp({ subcommandTerm: withArguments })
    .showHelpAfterError('(headgate --help lists the commands, headgate COMMAND --help its options)')
    .exitOverride()
    .addHelpText('after', EXIT_HELP)
  for (const [heading, commands] of Object.entries(COMMAND_GROUPS)) {
    program.commandsGroup(heading)
    for (const add of commands) add(program, invocation)
  }
  // not for people: what the shells' scripts ask
  addCandidates(program, invocation)
  return program
}

/** `weight <backend/server> [weight]`: the options of a command stand in its own help. */
function withArguments(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  return [command.name(), ...words].join(' ')
}
