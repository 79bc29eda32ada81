import type { Command } from 'commander'
import type { Upgraded } from '../../control/runtime-api/commands/upgrade.js'
import { count } from '../format/count.js'
import type { Invocation, RemoteOptions } from '../invocation.js'

/** The new one reads its config, starts its workers and looks up host names. */
const PATIENCE_MS = 90_000

export function addUpgrade(program: Command, invocation: Invocation): void {
  invocation
    .remote(program.command('upgrade').description('start a new headgate that takes over, refusing no connection'))
    .action((options: RemoteOptions) => upgrade(options, invocation))
}

async function upgrade({ socket, json }: RemoteOptions, invocation: Invocation): Promise<void> {
  const upgraded = await invocation.daemon(socket).ask<Upgraded>('upgrade', PATIENCE_MS)
  if (json) return invocation.printJson(upgraded)
  const { was, is } = upgraded
  const left = was.sessions > 0 ? `keeps its ${count(was.sessions, 'session')} until they end` : 'had no session left'
  invocation.print(
    `headgate ${is.version} runs as generation ${is.generation}, pid ${is.pid}; ` +
      `generation ${was.generation}, pid ${was.pid}, ${left}\n`,
  )
}
