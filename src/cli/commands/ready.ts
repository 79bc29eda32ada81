import type { Command } from 'commander'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { adminWords, changeAdmin } from './change-admin.js'
import { SERVER_ARGUMENT } from './server-word.js'

export function addReady(program: Command, invocation: Invocation): void {
  const command = program.command('ready').description('give a server new sessions again, after drain or maint')
  invocation
    .remote(command.argument(SERVER_ARGUMENT))
    .action((server: string, options: RemoteOptions) => ready(server, options, invocation))
}

async function ready(server: string, { socket, json }: RemoteOptions, invocation: Invocation): Promise<void> {
  const daemon = invocation.daemon(socket)
  const change = await changeAdmin(daemon, server, 'ready')
  if (json) invocation.printJson(change)
  else invocation.print(`${adminWords(change, daemon)}\n`)
}
