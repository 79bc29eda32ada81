import { constants } from 'node:os'
import type { Command } from 'commander'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { painter } from '../format/colour.js'
import { type Invocation, SOCKET_OPTION } from '../invocation.js'
import { wantsColour } from '../io.js'
import { barsFor } from '../top/sparkline.js'

export function addTop(program: Command, invocation: Invocation): void {
  program
    .command('top')
    .description('full-screen live view of all servers, with keys to drain, ready and weigh them')
    .option(...SOCKET_OPTION)
    .action((options: { readonly socket?: string }) => top(options.socket, invocation))
}

async function top(socket: string | undefined, invocation: Invocation): Promise<void> {
  const { stdin, stdout, env } = invocation.io
  if (!stdin?.isTTY || !stdout.isTTY) {
    throw new Failure('top needs a terminal; elsewhere: headgate status --json', EXIT.usage)
  }
  const { LiveView } = await import('../top/live-view.js')
  const look = { paint: painter(wantsColour(invocation.io)), bars: barsFor(env) }
  const outcome = await new LiveView(invocation.daemon(socket), stdin, stdout, look).run()
  // as the shell has it for a process that a signal ended
  if (outcome !== 'quit') invocation.end(128 + constants.signals[outcome])
}
