import type { Command } from 'commander'
import { tooFewDescriptors } from '../descriptor-limit.js'
import { Failure } from '../failure.js'
import type { Invocation } from '../invocation.js'

export function addRun(program: Command, invocation: Invocation): void {
  program
    .command('run')
    .description('balance: run the daemon in the foreground')
    .requiredOption('-c, --config <file>', 'config file')
    .option('--watch', 'reload whenever the config file changes')
    .action(async ({ config, watch = false }: { config: string; watch?: boolean }) => {
      const shortage = tooFewDescriptors()
      if (shortage !== undefined) throw new Failure(shortage)
      const { runDaemon } = await import('../../control/run.js')
      invocation.end(await runDaemon(config, { watch }))
    })
}
