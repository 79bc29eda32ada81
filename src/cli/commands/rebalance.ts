import { setTimeout as delay } from 'node:timers/promises'
import { type Command, InvalidArgumentError } from 'commander'
import type { RebalanceDocument } from '../../control/runtime-api/commands/rebalance-document.js'
import { formatDuration } from '../../core/duration.js'
import { formatRate, intervalOf, parseRate } from '../../core/rate.js'
import { duration } from '../arguments.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { count } from '../format/count.js'
import { type Cell, type Column, formatTable } from '../format/table.js'
import { formatElapsed } from '../format/time.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { wordOf } from './server-word.js'

const POLL_MS = 100
/** Between two lines of progress where no terminal can rewrite one. */
const QUIET_MS = 5_000

interface Options extends RemoteOptions {
  /** Sessions an hour. */
  readonly rate?: number
  /** Milliseconds. */
  readonly idle?: number
  readonly dryRun?: true
  readonly stop?: true
}

export function addRebalance(program: Command, invocation: Invocation): void {
  const command = program
    .command('rebalance')
    .description('close idle sessions of servers that have more than their share, so that others get them')
  invocation
    .remote(command.argument('<backend>'))
    .option('--rate <rate>', 'close so many in a time at most, e.g. 5/s or 30/m (default: 5/s)', rate)
    .option('--idle <duration>', 'only those without a byte for so long (default: 10s)', duration)
    .option('--dry-run', 'only show who has more than its share')
    .option('--stop', 'end a rebalance that is under way')
    .action((backend: string, options: Options) => {
      const { rate, idle, dryRun, stop } = options
      if (stop && (rate !== undefined || idle !== undefined || dryRun)) {
        throw new Failure('--stop goes with no other option of rebalance', EXIT.usage)
      }
      return rebalance(backend, options, invocation)
    })
}

function rate(text: string): number {
  const perHour = parseRate(text)
  if (perHour === undefined) throw new InvalidArgumentError('Expected a rate such as 5/s, 30/m or 100/h.')
  return perHour
}

async function rebalance(backend: string, options: Options, invocation: Invocation): Promise<void> {
  const daemon = invocation.daemon(options.socket)
  const first = await daemon.ask<RebalanceDocument>(`rebalance backend ${wordOf(backend)}${wordsOf(options)}`)
  if (options.dryRun) return showPlan(first, options, daemon, invocation)
  const last = first.state === 'running' ? await follow(first, options, daemon, invocation) : first
  if (last.state !== 'balanced' && !options.stop) invocation.end(EXIT.failed)
  if (options.json) return invocation.printJson(last)
  invocation.print(`${outcome(last)}\n`)
  if (last.surplus > 0) invocation.print(`\n${tableOf(last, invocation)}`)
}

function wordsOf({ rate, idle, dryRun, stop }: Options): string {
  return [
    rate === undefined ? '' : ` rate ${formatRate(rate)}`,
    idle === undefined ? '' : ` idle ${formatDuration(idle)}`,
    dryRun ? ' dry-run' : '',
    stop ? ' stop' : '',
  ].join('')
}

const COLUMNS: readonly Column[] = [
  { head: 'SERVER', shrinks: true },
  { head: 'SESSIONS OF' },
  { head: 'SESSIONS', isNumber: true },
  { head: 'SHARE', isNumber: true },
  { head: 'TOO MANY', isNumber: true },
  { head: 'IDLE', isNumber: true },
]

function tableOf({ servers }: RebalanceDocument, { style }: Invocation): string {
  const inUse = servers.filter(({ role }) => servers.some((one) => one.role === role && one.sessions > 0))
  const rows = (inUse.length > 0 ? inUse : servers).map(({ server, role, sessions, share, surplus, idle }): Cell[] => [
    server,
    role === 'any' ? 'any role' : role,
    String(sessions),
    share.toFixed(1),
    surplus === 0 ? '-' : { text: String(surplus), colour: 'yellow' },
    String(idle),
  ])
  return formatTable(COLUMNS, rows, style)
}

function showPlan(plan: RebalanceDocument, { json }: Options, daemon: DaemonClient, invocation: Invocation): void {
  if (json) return invocation.printJson(plan)
  const { backend, surplus, rate, idleMs } = plan
  invocation.print(`${tableOf(plan, invocation)}\n`)
  if (surplus === 0) return invocation.print(`${backend}: every server has its share, within one session\n`)
  const time = formatElapsed(surplus * intervalOf(parseRate(rate) ?? 1))
  const idle = formatDuration(idleMs)
  const how = `those idle for ${idle} can be closed, ${rate}: ${time} at least`
  invocation.print(
    `${backend}: ${count(surplus, 'session')} too many; ${how}. Do it: headgate rebalance ${backend}${daemon.flag}\n`,
  )
}

async function follow(
  first: RebalanceDocument,
  { json }: Options,
  daemon: DaemonClient,
  invocation: Invocation,
): Promise<RebalanceDocument> {
  const { backend, surplus, rate, idleMs } = first
  const isTerminal = invocation.io.stdout.isTTY === true
  const tell = (text: string) => {
    if (!json) invocation.print(text)
  }
  const how = `closing those idle for ${formatDuration(idleMs)}, ${rate}`
  tell(
    `${backend}: ${count(surplus, 'session')} too many, ${how}. Stop: headgate rebalance ${backend} --stop${daemon.flag}\n`,
  )
  let toldAt = performance.now()
  for (;;) {
    await delay(POLL_MS)
    const [now] = await daemon.ask<readonly RebalanceDocument[]>(`show rebalance ${wordOf(backend)}`)
    if (isTerminal) tell('\r\x1b[K')
    if (!now)
      throw new Failure(`nobody knows of a rebalance of ${backend} any more: headgate was restarted or upgraded`)
    if (now.state !== 'running') return now
    if (isTerminal) tell(progress(now).slice(0, (invocation.style.width ?? 80) - 1))
    else if (performance.now() - toldAt >= QUIET_MS) {
      tell(`${progress(now)}\n`)
      toldAt = performance.now()
    }
  }
}

function progress({ closed, surplus, away, beganAt, servers }: RebalanceDocument): string {
  const back = away === 0 ? '' : `, ${away} not back yet`
  const live = liveWords(servers, ' ')
  return `${closed} closed, ${surplus} too many${back}, ${formatElapsed(Date.now() - beganAt)}: ${live}`
}

const OUTCOMES = {
  planned: '',
  running: '',
  balanced: '',
  busy: 'what is left was in use all the time',
  restless: 'those that were closed came back to where they had been',
  stopped: 'stopped',
  paused: 'ended, since the backend is paused',
  removed: 'ended, since the backend was removed',
  failed: 'ended, since the workers did not answer',
} as const satisfies Record<RebalanceDocument['state'], string>

function outcome({ backend, state, closed, surplus, away, beganAt, endedAt, servers }: RebalanceDocument): string {
  if (state === 'balanced' && closed === 0) return `${backend}: every server has its share already, nothing closed`
  const time = formatElapsed((endedAt ?? Date.now()) - beganAt)
  const left = surplus === 0 ? '' : `; ${surplus} too many still`
  const back = away === 0 ? '' : `; ${away} not back yet`
  const why = OUTCOMES[state] === '' ? '' : `; ${OUTCOMES[state]}`
  return `${backend}: ${count(closed, 'idle session')} closed in ${time}${left}${back}${why}. Now ${liveWords(servers, ', ')}`
}

/** `r1 10, r2 11`, whatever the sessions are for. */
function liveWords(servers: RebalanceDocument['servers'], separator: string): string {
  const live = new Map<string, number>()
  for (const { server, sessions } of servers) live.set(server, (live.get(server) ?? 0) + sessions)
  return [...live].map(([server, sessions]) => `${server} ${sessions}`).join(separator)
}
