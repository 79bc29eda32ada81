import type { Command } from 'commander'
import type { Killed } from '../../control/runtime-api/commands/shutdown-sessions-server.js'
import { type DaemonClient, Refusal } from '../daemon/daemon-client.js'
import { Failure } from '../failure.js'
import { count } from '../format/count.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { killEverywhere } from './older-generations.js'
import { wordOf } from './server-word.js'

export function addKill(program: Command, invocation: Invocation): void {
  const command = program.command('kill').description('end sessions: one by its id, or all of a server')
  invocation
    .remote(command.argument('<id|backend/server>'))
    .action((what: string, options: RemoteOptions) => kill(what, options, invocation))
}

async function kill(what: string, options: RemoteOptions, invocation: Invocation): Promise<void> {
  const daemon = invocation.daemon(options.socket)
  return what.includes('/') ? killServer(what, daemon, options, invocation) : killOne(what, daemon, options, invocation)
}

async function killServer(
  server: string,
  daemon: DaemonClient,
  { json }: RemoteOptions,
  invocation: Invocation,
): Promise<void> {
  const killed = await killEverywhere(server, daemon)
  if (json) return invocation.printJson({ server, killed })
  const advice =
    killed > 0 ? ` This cannot be undone; to keep new ones away: headgate drain ${server}${daemon.flag}` : ''
  invocation.print(`${server}: ${count(killed, 'session')} ended by reset.${advice}\n`)
}

/** An id is of one generation: that of the socket. */
async function killOne(
  id: string,
  daemon: DaemonClient,
  { json }: RemoteOptions,
  invocation: Invocation,
): Promise<void> {
  const killed = await shutDown(id, daemon)
  if (json) return invocation.printJson(killed)
  invocation.print(`session ${id}: ended by reset. This cannot be undone.\n`)
}

async function shutDown(id: string, daemon: DaemonClient): Promise<Killed> {
  try {
    return await daemon.ask<Killed>(`shutdown session ${wordOf(id)}`)
  } catch (error) {
    if (!(error instanceof Refusal) || !error.error.startsWith('No such session')) throw error
    throw new Failure(`no session has the id "${id}": headgate sessions${daemon.flag} lists them`)
  }
}
