import { type Command, Option } from 'commander'
import type { SessionList } from '../../control/runtime-api/commands/show-sess.js'
import type { SessionInfo } from '../../core/messages.js'
import { formatBytes } from '../format/bytes.js'
import { type Column, formatTable } from '../format/table.js'
import { formatTime } from '../format/time.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { wordOf } from './server-word.js'

interface Options extends RemoteOptions {
  readonly frontend?: string
  readonly backend?: string
  readonly server?: string
}

export function addSessions(program: Command, invocation: Invocation): void {
  const command = program.command('sessions').description('list the sessions alive now, oldest first')
  invocation
    .remote(command)
    .addOption(new Option('--frontend <name>', 'only those of a frontend').conflicts(['backend', 'server']))
    .addOption(new Option('--backend <name>', 'only those of a backend').conflicts(['server']))
    .option('--server <backend/server>', 'only those of a server')
    .action((options: Options) => sessions(options, invocation))
}

async function sessions(options: Options, invocation: Invocation): Promise<void> {
  const list = await invocation.daemon(options.socket).ask<SessionList>(`show sess ${filterOf(options)}`)
  if (options.json) return invocation.printJson(list.sessions)
  if (list.sessions.length === 0) return invocation.print('no sessions\n')
  invocation.print(formatTable(COLUMNS, list.sessions.map(row), invocation.style))
  if (list.cut) invocation.print(`only the oldest ${list.sessions.length} are listed\n`)
}

function filterOf({ frontend, backend, server }: Options): string {
  if (frontend !== undefined) return `frontend ${wordOf(frontend)}`
  if (backend !== undefined) return `backend ${wordOf(backend)}`
  return server === undefined ? 'all' : `server ${wordOf(server)}`
}

const COLUMNS: readonly Column[] = [
  { head: 'ID' },
  { head: 'CLIENT', shrinks: true },
  { head: 'FRONTEND', shrinks: true },
  { head: 'SERVER', shrinks: true },
  { head: 'AGE', isNumber: true },
  { head: 'IDLE', isNumber: true },
  { head: 'IN', isNumber: true },
  { head: 'OUT', isNumber: true },
]

function row({ id, client, frontend, backend, server, ageMs, idleMs, bytesIn, bytesOut }: SessionInfo): string[] {
  const at = server === undefined ? `${backend}: waiting` : `${backend}/${server}`
  return [id, client, frontend, at, formatTime(ageMs), formatTime(idleMs), formatBytes(bytesIn), formatBytes(bytesOut)]
}
