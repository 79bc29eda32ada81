import type { Command } from 'commander'
import type { PauseChange } from '../../control/runtime-api/commands/pause-change.js'
import type { PauseDocument } from '../../control/runtime-api/commands/show-pause.js'
import { formatDuration } from '../../core/duration.js'
import { duration } from '../arguments.js'
import { EXIT } from '../exit-codes.js'
import { Failure } from '../failure.js'
import { whoWords } from '../format/change-words.js'
import { type Cell, type Column, formatTable } from '../format/table.js'
import { formatTime } from '../format/time.js'
import type { Invocation, RemoteOptions } from '../invocation.js'
import { wordOf } from './server-word.js'

interface Options extends RemoteOptions {
  /** Milliseconds. */
  readonly timeout?: number
}

export function addPause(program: Command, invocation: Invocation): void {
  const command = program
    .command('pause')
    .description('let new sessions of a backend wait, until resume or the timeout; or show who waits')
  invocation
    .remote(command.argument('[backend]'))
    .option('--timeout <duration>', 'resume by itself after this, at most 10m (default: 20s)', duration)
    .action((backend: string | undefined, options: Options) =>
      backend === undefined ? showPauses(options, invocation) : pause(backend, options, invocation),
    )
}

async function pause(backend: string, { socket, json, timeout }: Options, invocation: Invocation): Promise<void> {
  const daemon = invocation.daemon(socket)
  const limit = timeout === undefined ? '' : ` timeout ${formatDuration(timeout)}`
  const change = await daemon.ask<PauseChange>(`pause backend ${wordOf(backend)}${limit}`)
  if (json) invocation.printJson(change)
  else invocation.print(`${pauseWords(change)}. Resume: headgate resume ${change.backend}${daemon.flag}\n`)
}

function pauseWords({ backend, was, is, waiting, mostWaiting }: PauseChange): string {
  const before = was?.state === 'paused' ? 'paused' : 'open'
  const time = is ? ` for ${formatDuration(is.timeoutMs)} at most` : ''
  return `${backend}: ${before} → paused${time}. New sessions wait, up to ${mostWaiting} (now ${waiting})`
}

const COLUMNS: readonly Column[] = [
  { head: 'BACKEND', shrinks: true },
  { head: 'STATE' },
  { head: 'WAITING', isNumber: true },
  { head: 'MOST', isNumber: true },
  { head: 'SERVING', isNumber: true },
  { head: 'LEFT', isNumber: true },
  { head: 'BY', shrinks: true },
]

async function showPauses({ socket, json, timeout }: Options, invocation: Invocation): Promise<void> {
  if (timeout !== undefined) throw new Failure('--timeout needs a backend: headgate pause BACKEND', EXIT.usage)
  const found = await invocation.daemon(socket).ask<readonly PauseDocument[]>('show pause')
  if (json) return invocation.printJson(found)
  if (found.length === 0) return invocation.print('No backend is paused, and no session waits for a server.\n')
  invocation.print(formatTable(COLUMNS, found.map(row), invocation.style))
}

function row({ backend, pause, waiting, serving, now }: PauseDocument): Cell[] {
  return [
    backend,
    pause?.state === 'paused' ? { text: 'paused', colour: 'yellow' } : (pause?.state ?? 'open'),
    String(waiting.now),
    String(waiting.most),
    serving === 0 ? { text: '0', colour: 'red' } : String(serving),
    pause ? formatTime(Math.max(0, pause.until - now)) : '-',
    pause ? whoWords(pause.by) : '-',
  ]
}
