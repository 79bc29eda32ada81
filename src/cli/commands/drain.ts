import type { Command } from 'commander'
import type { AdminChange } from '../../control/runtime-api/commands/set-admin.js'
import type { SessionList } from '../../control/runtime-api/commands/show-sess.js'
import { duration } from '../arguments.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { count } from '../format/count.js'
import { formatElapsed } from '../format/time.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { adminWords, changeAdmin } from './change-admin.js'
import { killEverywhere } from './older-generations.js'
import { olderSessions } from './older-sessions.js'
import { SERVER_ARGUMENT, wordOf } from './server-word.js'
import { sessionTable } from './session-table.js'
import { type Drained, waitUntilEmpty } from './wait-until-empty.js'

/** Sessions that are listed when the time is up. */
const MOST_LISTED = 5

interface Options extends RemoteOptions {
  readonly wait?: true
  /** Milliseconds. */
  readonly timeout?: number
  readonly kill?: true
}

export function addDrain(program: Command, invocation: Invocation): void {
  const command = program.command('drain').description('give a server no new sessions and let it finish those it has')
  invocation
    .remote(command.argument(SERVER_ARGUMENT))
    .option('--wait', 'wait until its last session has ended')
    .option('--timeout <duration>', 'wait so long at most, e.g. 30s; exit with 4 when sessions are left', duration)
    .option('--kill', 'when --timeout has passed, end the sessions that are left, and exit with 0')
    .action((server: string, options: Options) => drain(server, options, invocation))
}

async function drain(server: string, options: Options, invocation: Invocation): Promise<void> {
  const { socket, json, wait, timeout, kill } = options
  if (kill && timeout === undefined) {
    throw new Failure('--kill needs --timeout, the time that sessions have to end by themselves, e.g. 30s', EXIT.usage)
  }
  const daemon = invocation.daemon(socket)
  const change = await changeAdmin(daemon, server, 'drain')
  if (!json) invocation.print(`${adminWords(change, daemon)}\n`)
  if (wait || timeout !== undefined) await finish(change, options, daemon, invocation)
  else if (json) invocation.printJson(change)
  if (!json) invocation.print(await olderSessions(daemon, server))
}

/** Waits, ends what is left where that was asked for, and tells. */
async function finish(
  change: AdminChange,
  { json, timeout, kill }: Options,
  daemon: DaemonClient,
  invocation: Invocation,
): Promise<void> {
  const { server } = change
  const drained = await waitUntilEmpty(server, timeout, daemon, json ? undefined : invocation)
  const killed = kill && drained.left > 0 ? await killEverywhere(server, daemon) : undefined
  const isEmpty = drained.left === 0 || killed !== undefined
  if (!isEmpty) invocation.end(EXIT.timeout)
  if (json) return invocation.printJson({ ...change, ...drained, ...(killed !== undefined && { left: 0, killed }) })
  invocation.print(`${server}: ${outcome(drained, killed)}\n`)
  if (!isEmpty) invocation.print(await leftWords(server, daemon, invocation))
}

function outcome({ left, waitedMs }: Drained, killed: number | undefined): string {
  const time = formatElapsed(waitedMs)
  if (left === 0) return `empty after ${time}`
  if (killed !== undefined) return `empty after ${time}, ${count(killed, 'session')} ended by reset`
  return `${count(left, 'session')} left after ${time}; still in drain`
}

/** Who is left, oldest first, and how to go on. */
async function leftWords(server: string, daemon: DaemonClient, invocation: Invocation): Promise<string> {
  const { sessions } = await daemon.ask<SessionList>(`show sess server ${wordOf(server)}`)
  const more = sessions.length - MOST_LISTED
  const table = sessions.length === 0 ? '' : `\n${sessionTable(sessions.slice(0, MOST_LISTED), invocation.style)}`
  const rest = more > 0 ? `and ${more} more: headgate sessions --server ${server}${daemon.flag}\n` : ''
  return `${table}${rest}\nEnd them:  headgate kill ${server}${daemon.flag}\nWait on:   headgate drain ${server} --wait${daemon.flag}\n`
}
