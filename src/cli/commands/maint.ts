import type { Command } from 'commander'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { adminWords, changeAdmin } from './change-admin.js'
import { SERVER_ARGUMENT } from './server-word.js'

export function addMaint(program: Command, invocation: Invocation): void {
  const command = program.command('maint').description('as drain, and stop checking the server too')
  invocation
    .remote(command.argument(SERVER_ARGUMENT))
    .action((server: string, options: RemoteOptions) => maint(server, options, invocation))
}

async function maint(server: string, { socket, json }: RemoteOptions, invocation: Invocation): Promise<void> {
  const daemon = invocation.daemon(socket)
  const change = await changeAdmin(daemon, server, 'maint')
  if (json) invocation.printJson(change)
  else invocation.print(`${adminWords(change, daemon)}\n`)
}
