import type { Command } from 'commander'
import type { ServerStatus, StatusDocument } from '../../control/runtime-api/status/document.js'
import { nearest } from '../../core/nearest.js'
import { roughSize } from '../../core/size.js'
import { Failure } from '../failure.js'
import { formatBytes } from '../format/bytes.js'
import type { Colour } from '../format/colour.js'
import { type Cell, type Column, formatTable } from '../format/table.js'
import { formatTime } from '../format/time.js'
import { wrap } from '../format/wrap.js'
import type { Invocation, RemoteOptions } from '../invocation.js'

export function addServers(program: Command, invocation: Invocation): void {
  const command = program.command('servers').description('list the servers with their state, sessions and bytes')
  invocation
    .remote(command.argument('[backend]'))
    .action((backend: string | undefined, options: RemoteOptions) => servers(backend, options, invocation))
}

async function servers(
  backend: string | undefined,
  { socket, json }: RemoteOptions,
  invocation: Invocation,
): Promise<void> {
  const { backends, ...status } = await invocation.daemon(socket).ask<StatusDocument>('show status')
  const shown = serversOf(backends, backend)
  if (json) return invocation.printJson(shown)
  const hasRoles = shown.some(({ database }) => database !== null)
  const now = status.startedAt + status.uptimeMs
  invocation.print(
    formatTable(
      hasRoles ? COLUMNS : COLUMNS.filter((column) => !ROLE_COLUMNS.includes(column)),
      shown.map((server) => row(server, now, hasRoles)),
      invocation.style,
    ),
  )
  for (const { path, why } of shown.filter(({ serving }) => !serving)) {
    invocation.print(
      `\n${path} takes no new sessions:\n${why.map((sentence) => wrap(sentence, invocation.style.width, '  ')).join('')}`,
    )
  }
}

function serversOf(backends: StatusDocument['backends'], name: string | undefined): readonly ServerStatus[] {
  if (name === undefined) return backends.flatMap(({ servers }) => servers)
  const found = backends.find((backend) => backend.name === name)
  if (found) return found.servers
  const meant = nearest(
    name,
    backends.map((backend) => backend.name),
  )
  throw new Failure(`No such backend.${meant === undefined ? '' : ` Did you mean ${meant}?`}`)
}

/** Only where a check can tell roles. */
const ROLE_COLUMNS: readonly Column[] = [{ head: 'ROLE' }, { head: 'LAG', isNumber: true }]

const COLUMNS: readonly Column[] = [
  { head: 'SERVER', shrinks: true },
  { head: 'ADDRESS', shrinks: true },
  { head: 'STATE' },
  ...ROLE_COLUMNS,
  { head: 'SINCE', isNumber: true },
  { head: 'WEIGHT', isNumber: true },
  { head: 'LIVE', isNumber: true },
  { head: 'TOTAL', isNumber: true },
  { head: 'IN', isNumber: true },
  { head: 'OUT', isNumber: true },
]

/** `50/100`: set and configured; `50/100 (25)` where an agent or a lag makes another of it. */
function weightWords({ set, configured, effective }: ServerStatus['weight']): string {
  const words = set === configured ? String(set) : `${set}/${configured}`
  return effective === set ? words : `${words} (${effective})`
}

/** @param now the daemon's clock, Unix time, ms */
function row(server: ServerStatus, now: number, hasRoles: boolean): Cell[] {
  const { path, address, status, health, serving, since, weight, sessions, bytes } = server
  const colour: Colour = health === 'down' ? 'red' : serving ? 'green' : 'yellow'
  return [
    path,
    address,
    { text: status, colour },
    ...(hasRoles ? roleCells(server) : []),
    formatTime(now - since),
    weightWords(weight),
    String(sessions.live),
    String(sessions.total),
    formatBytes(bytes.in),
    formatBytes(bytes.out),
  ]
}

/** The primary has no lag; of a replica whatever its probe can tell. */
function roleCells({ database }: ServerStatus): Cell[] {
  if (!database) return ['?', '']
  const { role, lag, lagging } = database
  const { ms = null, bytes = null } = lag ?? {}
  const behind = [ms === null ? [] : [briefTime(ms)], bytes === null ? [] : [roughSize(bytes)]].flat().join(', ')
  return [role, lagging ? { text: behind || '?', colour: 'yellow' } : behind]
}

function briefTime(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)}ms` : formatTime(ms)
}
