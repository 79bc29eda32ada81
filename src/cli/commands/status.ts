import type { Command } from 'commander'
import type {
  BackendStatus,
  FrontendStatus,
  RouteStatus,
  StatusDocument,
} from '../../control/runtime-api/status/document.js'
import { formatBytes } from '../format/bytes.js'
import type { Colour } from '../format/colour.js'
import { count, rate } from '../format/count.js'
import { type Cell, type Column, formatTable, type TableStyle } from '../format/table.js'
import { formatTime } from '../format/time.js'
import { wrapLines } from '../format/wrap.js'
import type { Invocation, RemoteOptions } from '../invocation.js'

export function addStatus(program: Command, invocation: Invocation): void {
  invocation
    .remote(program.command('status').description('is all well: the process, its frontends and backends'))
    .action((options: RemoteOptions) => status(options, invocation))
}

async function status({ socket, json }: RemoteOptions, invocation: Invocation): Promise<void> {
  const document = await invocation.daemon(socket).ask<StatusDocument>('show status')
  if (json) return invocation.printJson(document)
  const { style } = invocation
  invocation.print(
    `${headline(document, invocation)}\n${olderLines(document)}${amiss(document, invocation.style.width)}\n`,
  )
  invocation.print(formatTable(FRONTEND_COLUMNS, document.frontends.map(frontendRow), style))
  invocation.print('\n')
  invocation.print(backendTable(document.backends, style))
}

const COLOURS = { healthy: 'green', degraded: 'yellow', unhealthy: 'red' } as const satisfies Record<string, Colour>

function headline(
  { version, status, uptimeMs, engine, workers, pid, sessions }: StatusDocument,
  { style }: Invocation,
): string {
  const state = style.paint(status, COLOURS[status])
  return (
    `headgate ${version} is ${state}: up ${formatTime(uptimeMs)}, ${engine} engine, ${count(workers, 'worker')}, pid ${pid}\n` +
    `${count(sessions.live, 'session')} now, ${rate(sessions.perSecond)} new per second, ${sessions.total} in all`
  )
}

/** Generations that handed over and keep their sessions; the sessions above are theirs too. */
function olderLines({ older }: StatusDocument): string {
  return older
    .map(({ generation, pid, socket, answer }) => {
      const words = answer
        ? `headgate ${answer.version}, ${count(answer.sessions.live, 'session')} left`
        : 'does not answer'
      return `  generation ${generation}: pid ${pid}, ${words} (--socket ${socket})\n`
    })
    .join('')
}

/** What is not well, each with its reasons on lines of their own. */
function amiss({ checks }: StatusDocument, width: number | undefined): string {
  return checks
    .filter(({ status }) => status !== 'healthy')
    .map(({ name, words }) => wrapLines(`  ${name}: ${words.replaceAll('; ', '\n    ')}`, width))
    .join('')
}

const FRONTEND_COLUMNS: readonly Column[] = [
  { head: 'FRONTEND', shrinks: true },
  { head: 'LISTENS ON', shrinks: true },
  { head: 'BACKEND', shrinks: true },
  { head: 'LIVE', isNumber: true },
  { head: 'PER S', isNumber: true },
  { head: 'TOTAL', isNumber: true },
  { head: 'REFUSED', isNumber: true },
  { head: 'IN', isNumber: true, givesWay: true },
  { head: 'OUT', isNumber: true, givesWay: true },
]

/** `replicas`, or with its share of the new sessions where there are several: `canary 10%`. */
function routeWords({ backend, share }: RouteStatus, _: number, { length }: readonly RouteStatus[]): string {
  return length === 1 ? backend : `${backend} ${Math.round(share * 100)}%`
}

function frontendRow({ name, role, listeners, backends, sessions, refused, bytes }: FrontendStatus): Cell[] {
  const turnedAway = Object.values(refused).reduce((sum, number) => sum + number, 0)
  return [
    name,
    listeners.join(' '),
    `${backends.map(routeWords).join(' ')}${role === 'any' ? '' : `, ${role}`}`,
    sessions.max === null ? String(sessions.live) : `${sessions.live}/${sessions.max}`,
    rate(sessions.perSecond),
    String(sessions.total),
    turnedAway > 0 ? { text: String(turnedAway), colour: 'yellow' } : '0',
    formatBytes(bytes.in),
    formatBytes(bytes.out),
  ]
}

const BACKEND_COLUMNS: readonly Column[] = [
  { head: 'BACKEND', shrinks: true },
  { head: 'POLICY' },
  { head: 'SERVING' },
  { head: 'LIVE', isNumber: true },
  { head: 'PER S', isNumber: true },
  { head: 'TOTAL', isNumber: true },
]
/** Only where somebody waits for a server, or has to. */
const WAITING_COLUMN: Column = { head: 'WAITING', isNumber: true }

function backendTable(backends: readonly BackendStatus[], style: TableStyle): string {
  if (backends.every(({ waiting, pause }) => waiting.now === 0 && pause === null)) {
    return formatTable(BACKEND_COLUMNS, backends.map(backendRow), style)
  }
  const rows = backends.map((backend) => [...backendRow(backend), waitingCell(backend)])
  return formatTable([...BACKEND_COLUMNS, WAITING_COLUMN], rows, style)
}

function waitingCell({ waiting }: BackendStatus): Cell {
  return waiting.now > 0 ? { text: String(waiting.now), colour: 'yellow' } : '0'
}

function backendRow({ name, policy, serving, servers, sessions, pause }: BackendStatus): Cell[] {
  const colour: Colour = serving === 0 ? 'red' : serving < servers.length ? 'yellow' : 'green'
  return [
    name,
    policy,
    pause?.state === 'paused'
      ? { text: 'paused', colour: 'yellow' }
      : { text: `${serving} of ${servers.length}`, colour },
    String(sessions.live),
    rate(sessions.perSecond),
    String(sessions.total),
  ]
}
