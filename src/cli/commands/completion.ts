import { Argument, type Command } from 'commander'
import { COMPLETION_SCRIPTS, INSTALLING, SHELLS, type Shell } from '../completion/scripts.js'
import type { Invocation } from '../invocation.js'

export function addCompletion(program: Command, invocation: Invocation): void {
  const ways = SHELLS.map((shell) => `  ${INSTALLING[shell]}`).join('\n')
  program
    .command('completion')
    .description('print the script that completes commands and names in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', `\nTo install it:\n${ways}`)
    .action((shell: Shell) => invocation.print(COMPLETION_SCRIPTS[shell]))
}
