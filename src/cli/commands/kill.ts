import type { Command } from 'commander'
import type { Killed } from '../../control/runtime-api/commands/shutdown-sessions-server.js'
import { count } from '../format/count.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { wordOf } from './server-word.js'

export function addKill(program: Command, invocation: Invocation): void {
  const command = program.command('kill').description('end sessions: one by its id, or all of a server')
  invocation
    .remote(command.argument('<id|backend/server>'))
    .action((what: string, options: RemoteOptions) => kill(what, options, invocation))
}

async function kill(what: string, { socket, json }: RemoteOptions, invocation: Invocation): Promise<void> {
  const daemon = invocation.daemon(socket)
  const isServer = what.includes('/')
  const killed = await daemon.ask<Killed>(`shutdown ${isServer ? 'sessions server' : 'session'} ${wordOf(what)}`)
  if (json) return invocation.printJson(killed)
  if (!isServer) return invocation.print(`session ${what}: ended by reset. This cannot be undone.\n`)
  const advice =
    killed.killed > 0 ? ` This cannot be undone; to keep new ones away: headgate drain ${what}${daemon.flag}` : ''
  invocation.print(`${what}: ${count(killed.killed, 'session')} ended by reset.${advice}\n`)
}
