import type { Command } from 'commander'
import type { Invocation } from '../invocation.js'

export function addRun(program: Command, invocation: Invocation): void {
  program
    .command('run')
    .description('balance: run the daemon in the foreground')
    .requiredOption('-c, --config <file>', 'config file')
    .action(async ({ config }: { config: string }) => {
      const { runDaemon } = await import('../../control/run.js')
      invocation.end(await runDaemon(config))
    })
}
