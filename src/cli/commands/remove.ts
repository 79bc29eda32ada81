import type { Command } from 'commander'
import type { ServerStatus } from '../../control/runtime-api/status/document.js'
import { duration } from '../arguments.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { count } from '../format/count.js'
import { formatElapsed } from '../format/time.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { changeAdmin } from './change-admin.js'
import { killEverywhere } from './older-generations.js'
import { SERVER_ARGUMENT, wordOf } from './server-word.js'
import { waitUntilEmpty } from './wait-until-empty.js'

interface Options extends RemoteOptions {
  /** Milliseconds. */
  readonly timeout?: number
  readonly kill?: true
}

export function addRemove(program: Command, invocation: Invocation): void {
  const command = program.command('remove').description('drain a server, wait for its last session, and remove it')
  invocation
    .remote(command.argument(SERVER_ARGUMENT))
    .option('--timeout <duration>', 'wait so long at most, e.g. 30s; exit with 4 when sessions are left', duration)
    .option('--kill', 'end the sessions that it has: at once, or when --timeout has passed')
    .action((server: string, options: Options) => remove(server, options, invocation))
}

async function remove(server: string, options: Options, invocation: Invocation): Promise<void> {
  const { socket, json, timeout, kill } = options
  const daemon = invocation.daemon(socket)
  const before = await daemon.ask<ServerStatus>(`show server ${wordOf(server)}`)
  await changeAdmin(daemon, server, 'drain')
  const patience = timeout ?? (kill ? 0 : undefined)
  const { left, waitedMs } = await waitUntilEmpty(server, patience, daemon, json ? undefined : invocation)
  if (left > 0 && !kill) throw stillThere(server, left, waitedMs, daemon)
  await changeAdmin(daemon, server, 'maint')
  const killed = left > 0 ? await killEverywhere(server, daemon) : 0
  await daemon.ask(`wait 5s srv-removable ${wordOf(server)}`)
  await daemon.ask(`del server ${wordOf(server)}`)
  if (json) return invocation.printJson({ server, removed: true, waitedMs, killed })
  const ended = killed > 0 ? `, ${count(killed, 'session')} ended by reset` : ''
  invocation.print(
    `${server}: removed after ${formatElapsed(waitedMs)}${ended}. Undo: ${addAgain(before)}${daemon.flag}\n`,
  )
}

/** The command that brings it back as it was before. */
function addAgain({ path, address, weight, sessions, admin }: ServerStatus): string {
  const limit = sessions.max === null ? '' : ` --max-sessions ${sessions.max}`
  const state = admin === 'maint' ? ' --maint' : ''
  return `headgate add ${path} ${address} --weight ${weight.set}${limit}${state}`
}

function stillThere(server: string, left: number, waitedMs: number, { flag }: DaemonClient): Failure {
  const words = `${server}: ${count(left, 'session')} left after ${formatElapsed(waitedMs)}; still in drain, not removed`
  return new Failure(`${words}\n  End them: headgate remove ${server} --kill${flag}`, EXIT.timeout)
}
