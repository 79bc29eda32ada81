import type { Command } from 'commander'
import type { StateReset } from '../../control/runtime-api/commands/clear-state.js'
import type { Difference, StateDocument } from '../../control/runtime-api/commands/show-state.js'
import { formatValue } from '../../control/settings/value.js'
import type { DaemonClient } from '../daemon/daemon-client.js'
import { EXIT } from '../exit-codes.js'
import { subjectWords, whoWords } from '../format/change-words.js'
import { count } from '../format/count.js'
import { type Cell, type Column, formatTable } from '../format/table.js'
import { formatMoment } from '../format/time.js'
import type { Invocation, RemoteOptions } from '../invocation.js'

interface Options extends RemoteOptions {
  readonly reset?: true
}

export function addState(program: Command, invocation: Invocation): void {
  const command = program
    .command('state')
    .description('what was changed at run time and differs from the config; it lasts over restarts')
    .option('--reset', 'bring all of it back to what the config says')
  invocation.remote(command).action(({ socket, ...options }: Options) => {
    const daemon = invocation.daemon(socket)
    return options.reset ? reset(daemon, options, invocation) : state(daemon, options, invocation)
  })
}

async function state(daemon: DaemonClient, { json }: Options, invocation: Invocation): Promise<void> {
  const document = await daemon.ask<StateDocument>('show state')
  if (json) return invocation.printJson(document)
  const { differences } = document
  if (differences.length === 0) invocation.print('Nothing differs from the config.\n')
  else invocation.print(formatTable(COLUMNS, differences.map(row), invocation.style))
  invocation.print(`\n${placeWords(document)}\n`)
}

function placeWords({ file, failing }: StateDocument): string {
  if (file === null) return 'Kept in memory alone ([runtime].state is "off"): forgotten when headgate stops.'
  return failing === null ? `Kept in ${file}.` : `NOT kept: ${file} cannot be written: ${failing}.`
}

const COLUMNS: readonly Column[] = [
  { head: 'OF', shrinks: true },
  { head: 'WHAT', shrinks: true },
  { head: 'CONFIG', shrinks: true },
  { head: 'NOW', shrinks: true },
  { head: 'SINCE' },
  { head: 'BY', shrinks: true },
]

function row({ target, label, configured, value, at, by }: Difference): Cell[] {
  return [target, label, formatValue(configured), formatValue(value), formatMoment(at), whoWords(by)]
}

async function reset(daemon: DaemonClient, { json }: Options, invocation: Invocation): Promise<void> {
  const done = await daemon.ask<StateReset>('clear state')
  if (json) return invocation.printJson(done)
  if (done.reset.length + done.failed.length === 0) return invocation.print('Nothing differs from the config.\n')
  if (done.failed.length > 0) invocation.end(EXIT.failed)
  for (const one of done.reset) {
    invocation.print(`${subjectWords(one)} ${formatValue(one.value)} → ${formatValue(one.configured)}\n`)
  }
  for (const one of done.failed) {
    invocation.print(`${subjectWords(one)} ${formatValue(one.value)} stays: ${one.why}\n`)
  }
  const again = `headgate audit${daemon.flag}`
  invocation.print(`${count(done.reset.length, 'change')} dropped. Each can be undone by its number: ${again}\n`)
}
