import { type Command, InvalidArgumentError } from 'commander'
import { parseDuration } from '../../core/duration.js'
import { EXIT } from '../exit-codes.js'
import { count } from '../format/count.js'
import { formatElapsed } from '../format/time.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { adminWords, changeAdmin } from './change-admin.js'
import { SERVER_ARGUMENT } from './server-word.js'
import { type Drained, waitUntilEmpty } from './wait-until-empty.js'

interface Options extends RemoteOptions {
  readonly wait?: true
  /** Milliseconds. */
  readonly timeout?: number
}

export function addDrain(program: Command, invocation: Invocation): void {
  const command = program.command('drain').description('give a server no new sessions and let it finish those it has')
  invocation
    .remote(command.argument(SERVER_ARGUMENT))
    .option('--wait', 'wait until its last session has ended')
    .option('--timeout <duration>', 'wait so long at most, e.g. 30s; exit with 4 when sessions are left', duration)
    .action((server: string, options: Options) => drain(server, options, invocation))
}

async function drain(server: string, options: Options, invocation: Invocation): Promise<void> {
  const { socket, json, wait, timeout } = options
  const daemon = invocation.daemon(socket)
  const change = await changeAdmin(daemon, server, 'drain')
  if (!json) invocation.print(`${adminWords(change, daemon)}\n`)
  if (wait || timeout !== undefined) {
    const drained = await waitUntilEmpty(change.server, timeout, daemon, json ? undefined : invocation)
    if (drained.left > 0) invocation.end(EXIT.timeout)
    if (json) invocation.printJson({ ...change, ...drained })
    else invocation.print(`${change.server}: ${outcome(drained, change.server, daemon.flag)}\n`)
  } else if (json) invocation.printJson(change)
}

function outcome({ left, waitedMs }: Drained, server: string, flag: string): string {
  const time = formatElapsed(waitedMs)
  if (left === 0) return `empty after ${time}`
  return `${count(left, 'session')} left after ${time}; still in drain. End them: headgate kill ${server}${flag}`
}

function duration(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 30s, 5m or 1m30s.')
  return ms
}
