import { type Command, Option } from 'commander'
import type { SessionList } from '../../control/runtime-api/commands/show-sess.js'
import { duration } from '../arguments.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { followSessions } from './follow-sessions.js'
import { olderSessions } from './older-sessions.js'
import { wordOf } from './server-word.js'
import { SESSION_ORDERS, type SessionOrder, sessionTable, sorted } from './session-table.js'

interface Options extends RemoteOptions {
  readonly frontend?: string
  readonly backend?: string
  readonly server?: string
  readonly client?: string
  /** Milliseconds. */
  readonly older?: number
  readonly sort: SessionOrder
  readonly follow?: true
}

export function addSessions(program: Command, invocation: Invocation): void {
  const command = program.command('sessions').description('list the sessions alive now, oldest first')
  invocation
    .remote(command)
    .option('--frontend <name>', 'only those of a frontend')
    .option('--backend <name>', 'only those of a backend')
    .option('--server <backend/server>', 'only those of a server')
    .option('--client <address>', 'only those of a client: 192.0.2.7, or with its port 192.0.2.7:50000')
    .option('--older <duration>', 'only those that began before so long, e.g. 1h', duration)
    .addOption(new Option('--sort <by>', 'what comes first').choices(SESSION_ORDERS).default('age'))
    .option('-f, --follow', 'go on, with a line for each that begins and ends (looks once a second)')
    .action((options: Options) => sessions(options, invocation))
}

async function sessions(options: Options, invocation: Invocation): Promise<void> {
  const daemon = invocation.daemon(options.socket)
  const filter = filterOf(options)
  const list = await daemon.ask<SessionList>(`show sess ${filter}`)
  const shown = sorted(list.sessions, options.sort)
  if (options.follow) return follow(shown, filter, daemon, options, invocation)
  if (options.json) return invocation.printJson(shown)
  invocation.print(shown.length === 0 ? 'no sessions\n' : sessionTable(shown, invocation.style))
  if (list.cut) invocation.print(`only the oldest ${shown.length} are listed\n`)
  invocation.print(await olderSessions(daemon, options.server))
}

async function follow(
  shown: SessionList['sessions'],
  filter: string,
  daemon: DaemonClient,
  { json }: Options,
  invocation: Invocation,
): Promise<void> {
  if (!json && shown.length > 0) invocation.print(`${sessionTable(shown, invocation.style)}\n`)
  await followSessions(shown, () => daemon.ask<SessionList>(`show sess ${filter}`), json === true, invocation)
}

/** Words and values of `show sess`; all of them must match. */
function filterOf({ frontend, backend, server, client, older }: Options): string {
  const given = { frontend, backend, server, client, older: older === undefined ? undefined : `${older}ms` }
  const words = Object.entries(given).flatMap(([word, value]) => (value === undefined ? [] : [word, wordOf(value)]))
  return words.length === 0 ? 'all' : words.join(' ')
}
