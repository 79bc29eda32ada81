import { type Command, Option } from 'commander'
import { LOG_EVENTS, type LogLevel } from '../../control/log/events.js'
import type { LoggedEvent } from '../../control/log/recent.js'
import { wholeNumber } from '../arguments.js'
import type { Colour } from '../format/colour.js'
import type { TableStyle } from '../format/table.js'
import { formatMoment } from '../format/time.js'
import { wrap } from '../format/wrap.js'
import type { Invocation, RemoteOptions } from '../invocation.js'

/** As many as a screen has room for. */
const DEFAULT_LAST = 20

interface Options extends RemoteOptions {
  readonly last: number
  readonly follow?: true
}

export function addEvents(program: Command, invocation: Invocation): void {
  const command = program
    .command('events')
    .description('what happened: servers up and down, changes, reloads, workers')
    .argument('[name]', 'only what happened to this server (backend/server), backend or frontend')
    .addOption(new Option('-n, --last <number>', 'so many, the last ones').argParser(wholeNumber).default(DEFAULT_LAST))
    .option('-f, --follow', 'go on with those to come, until Ctrl-C')
  invocation.remote(command).action((of: string | undefined, options: Options) => events(of, options, invocation))
}

async function events(of: string | undefined, options: Options, invocation: Invocation): Promise<void> {
  const { socket, json, last, follow } = options
  const daemon = invocation.daemon(socket)
  const { style } = invocation
  const isWanted = (event: LoggedEvent) => of === undefined || concerns(event, of)
  const past = (await daemon.ask<readonly LoggedEvent[]>('show events')).filter(isWanted)
  const shown = last === 0 ? [] : past.slice(-last)
  if (json && !follow) return invocation.printJson(shown)
  const print = (event: LoggedEvent) => invocation.print(json ? `${JSON.stringify(event)}\n` : line(event, style))
  shown.forEach(print)
  if (!follow) return past.length === 0 ? invocation.print(noneWords(of)) : undefined
  let seen = past.at(-1)?.number ?? 0
  // from before the look above, so that nothing falls between the two
  for await (const event of daemon.follow<LoggedEvent>('show events -f')) {
    if (event.number <= seen || !isWanted(event)) continue
    seen = event.number
    print(event)
  }
}

/** Of old there may have been some: only the latest are remembered. */
function noneWords(of: string | undefined): string {
  return of === undefined ? 'nothing happened yet\n' : `no event of ${of} is remembered\n`
}

function concerns({ fields }: LoggedEvent, of: string): boolean {
  const { backend, server, frontend } = fields
  const path = backend !== undefined && server !== undefined ? `${backend}/${server}` : undefined
  return [path, backend, frontend].includes(of)
}

const COLOURS: Readonly<Record<LogLevel, Colour>> = { debug: 'dim', info: 'green', warn: 'yellow', error: 'red' }

function line({ at, event, words }: LoggedEvent, { paint, width }: TableStyle): string {
  const text = wrap(`${formatMoment(at)} ${event}: ${printable(words)}`, width, '')
  return text.replace(event, paint(event, COLOURS[LOG_EVENTS[event]]))
}

/** No control character of a file name or an address reaches the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}
